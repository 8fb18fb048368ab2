# METADATA
# title: Ways to a chatbot
# description: >-
#   Where the target port of a Service or a connection leads. A target has a name or a number; a chatbot has the ports
#   that lead to the sidecar.
package lib.ways

import data.prepared

# lead_to_sidecar holds if the target leads to the sidecar in the pods of every chatbot.
lead_to_sidecar(target, chatbots) if {
	every chatbot in chatbots {
		some port in chatbot.ports
		port.name == target.name
	}
}

lead_to_sidecar(target, chatbots) if {
	every chatbot in chatbots {
		some port in chatbot.ports
		port.number == target.number
	}
}

# lead_elsewhere holds if the target is the number of a port that is not the app's in the pods of any chatbot. A
# declaration that gives the name of a port does not say which number it has.
lead_elsewhere(target, chatbots) if {
	every chatbot in chatbots {
		count(chatbot.appNumbers) > 0
		not target.number in chatbot.appNumbers
	}
}

# is_closed holds if the target leads to a port of the app that the NetworkPolicy closes in the pods of the chatbot: one
# that the declaration neither governs nor opens. Other targets by number or by a reserved name bypass the sidecar. A
# chatbot without a declaration has no NetworkPolicy.
is_closed(target, chatbot) if {
	count(names([chatbot])) > 0
	not startswith(target.name, prepared.workload.reservedPrefix)
	not lead_to_sidecar(target, [chatbot])
	not target.name in object.get(chatbot, "openPorts", [])
}

is_closed(target, chatbot) if {
	lead_elsewhere(target, [chatbot])
	not lead_to_sidecar(target, [chatbot])
}

# names of the chatbots' ports in their declarations, sorted.
names(chatbots) := sort({port.name |
	some chatbot in chatbots
	some port in chatbot.ports
	not startswith(port.name, prepared.workload.reservedPrefix)
})

# numbers of the sidecar on which people reach the chatbots, sorted.
numbers(chatbots) := sort({port.number |
	some chatbot in chatbots
	some port in chatbot.ports
	not startswith(port.name, prepared.workload.reservedPrefix)
})
