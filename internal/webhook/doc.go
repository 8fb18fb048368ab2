// Package webhook is the admission edge: it fetches what a decision needs from the manager's cache, asks the policy engine, and
// answers the API server. It decides nothing itself.
//
// One file per concern: pod_mutate.go injects, pod_validate.go judges pods, workload_validate.go judges the templates of pods,
// service_validate.go judges Services, connection_validate.go what is opened through the API server, declaration_validate.go
// judges ChatbotDeployments; decide.go finds who governs a pod and keeps what was decided, behind.go finds whose pods a Service
// leads to, glass.go asks who may do what nobody else may; respond.go alone knows HTTP codes and texts; serve.go reads requests.
// No handler has side effects, so a dry run is like any other.
//
// Mutation fails open (failurePolicy Ignore): a pod that was not injected is refused by validation. Validation fails closed
// (failurePolicy Fail): Undecided, a lookup that failed, a panic and a missed deadline refuse. Templates are judged early and
// fail open: their pods are judged again.
package webhook
