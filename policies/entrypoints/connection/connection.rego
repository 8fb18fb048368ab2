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
#   and whether the connection complies before enforcement. If it leads to several chatbots, the strictest of them
#   decides.
# entrypoint: true
verdict := result.verdict_for_chatbots(connection.deny, input.chatbots) if not connection.into_sidecar

# Nothing weakens the rule on connections into the sidecar: no test of a chatbot needs one.
verdict := result.verdict_with(connection.deny, set(), "deny", {}) if {
	connection.into_sidecar
	count(input.chatbots) > 0
}
