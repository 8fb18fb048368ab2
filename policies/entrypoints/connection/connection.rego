# METADATA
# title: Connection
# description: Judges one connection to pods of chatbots that somebody opens through the API server.
# schemas:
# - input: schema.connection
package entrypoints.connection

import data.governance.connection
import data.lib.result

# METADATA
# title: Verdict on a connection
# description: >-
#   Input are the facts of the connection. The result has the findings with their effective actions, the outcome, and
#   whether the connection complies by the findings' own actions. Of several chatbots the strictest enforcement counts.
# entrypoint: true
verdict := result.verdict(connection.deny, _enforcement, {})

_enforcement := result.strictest({chatbot.enforcement | some chatbot in input.chatbots}) if {
	not connection.into_sidecar
}

# A way into the sidecar is closed whatever the enforcement: nobody tries a chatbot out from there.
_enforcement := "Deny" if {
	connection.into_sidecar
	count(input.chatbots) > 0
}
