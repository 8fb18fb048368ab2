# METADATA
# title: Connection
# description: Decides on one connection that a user opens to pods of chatbots through the API server.
# schemas:
# - input: schema.connection
package entrypoints.connection

import data.governance.connection
import data.lib.result

# METADATA
# title: Verdict on a connection
# description: >-
#   The input has the facts of the connection. The result has the findings with their effective actions, the outcome,
#   and whether the connection complies before enforcement. For several chatbots, the strictest enforcement applies.
# entrypoint: true
verdict := result.verdict(connection.deny, _enforcement, {})

_enforcement := result.strictest({chatbot.enforcement | some chatbot in input.chatbots}) if {
	not connection.into_sidecar
}

# Connections into the sidecar are denied regardless of the enforcement: no test of a chatbot needs them.
_enforcement := "Deny" if {
	connection.into_sidecar
	count(input.chatbots) > 0
}
