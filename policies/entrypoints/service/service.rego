# METADATA
# title: Service
# description: Decides on one Service that leads to pods of chatbots.
# schemas:
# - input: schema.service
package entrypoints.service

import data.governance.service
import data.governance.service.backend
import data.lib.result

# METADATA
# title: Verdict on a Service
# description: >-
#   The input has the facts of the Service. The result has the findings with their effective actions, the outcome, and
#   whether the Service complies before enforcement. If it leads to several chatbots, the strictest of them decides.
# entrypoint: true
verdict := result.verdict_for_chatbots(service.deny | backend.deny, input.chatbots)
