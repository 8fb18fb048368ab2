# METADATA
# title: Pods behind a Service
# description: >-
#   Which pods a Service of a chatbot may lead to.
# related_resources:
# - ref: https://kubernetes.io/docs/concepts/services-networking/service/
#   description: "Kubernetes: Service"
# custom:
#   waivable: false
#   group: effect
#   standard: kubernetes
#   frameworks:
#     eu-ai-act: ["15"]
#     gdpr: ["32-34"]
#     oecd-ai-principles: ["1.4"]
#     nist-ai-rmf: [MEASURE 2.7]
#     iso-42001: [A.6]
# schemas:
# - input: schema.service
package governance.service.backend

import data.lib.result
import data.lib.ways

# METADATA
# title: A Service leads to governed pods only
# description: >-
#   All pods to which a chatbot's Service leads by the ports of the chatbot are governed by a ChatbotDeployment.
#   Otherwise some people reach pods without a sidecar, such as those of another version of the chatbot, which
#   spec.selector of the declaration leaves out. The Service does not lead to a pod that has no port with the name of
#   its target, and a number of the sidecar leads only to a pod that has a port with this number.
# custom:
#   short_name: ungoverned_pods
#   severity: high
#   failure_msg: the Service also leads to pods that no ChatbotDeployment governs
#   remedy: >-
#     If they are the chatbot too, such as another version, let spec.selector of the ChatbotDeployment match them: leave
#     out labels such as version. Otherwise add a label to the selector of the Service that only governed pods have.
#   applies_to: [service]
#   covers: [G-70]
deny contains finding if {
	count(_ungoverned) > 0
	finding := result.of_rule(rego.metadata.chain(), {
		"field": "spec.selector",
		"found": input.selector,
		"required": "governed pods only",
		"remedy": sprintf("The selector also matches pods of %s, which no ChatbotDeployment governs. %s", [
			_first_ungoverned,
			rego.metadata.rule().custom.remedy,
		]),
	})
}

# The workloads without a sidecar to which the Service leads by a port of a chatbot: by the name of one, or by a number
# that can be the app's.
_ungoverned contains pods.workload if {
	some pods in input.ungoverned
	some target in input.targets
	target.name in pods.portNames
	some chatbot in input.chatbots
	ways.lead_to_sidecar(target, [chatbot])
}

_ungoverned contains pods.workload if {
	some pods in input.ungoverned
	some port in _ports_of_pods
	some chatbot in input.chatbots
	not ways.lead_to_sidecar(port, [chatbot])
	not ways.lead_elsewhere(port, [chatbot])
}

# A number of the sidecar leads to the app of a pod without a sidecar, if the app listens there.
_ungoverned contains pods.workload if {
	some pods in input.ungoverned
	some port in _ports_of_pods
	port.number in pods.portNumbers
	some chatbot in input.chatbots
	ways.lead_to_sidecar(port, [chatbot])
}

_ports_of_pods contains target if {
	some target in input.targets
	target.number
}

_ports_of_pods contains port if some port in input.headlessPorts

# The first names, and the number of the others: reports cut a long remedy at its end, which says what to do.
_first_ungoverned := concat(", ", _ungoverned) if count(_ungoverned) <= 2

_first_ungoverned := sprintf("%s, %s and %d more", [names[0], names[1], count(names) - 2]) if {
	names := sort(_ungoverned)
	count(names) > 2
}
