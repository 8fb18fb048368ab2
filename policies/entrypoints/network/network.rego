# METADATA
# title: Network
# description: Decides on one NetworkPolicy that selects pods of chatbots, or on endpoints that lead to them.
# schemas:
# - input: schema.network
package entrypoints.network

import data.governance.network
import data.lib.result

# METADATA
# title: Verdict on a NetworkPolicy or endpoints
# description: >-
#   The input has the facts of the NetworkPolicy or the endpoints. The result has the findings with their effective
#   actions, the outcome, and whether the object complies before enforcement. If it concerns several chatbots, the
#   strictest of them decides.
# entrypoint: true
verdict := result.verdict_for_chatbots(network.deny, input.chatbots)
