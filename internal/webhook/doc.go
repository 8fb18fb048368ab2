// Package webhook is the admission edge: it reads what a review needs from the manager's cache, has the object reviewed
// (internal/review), and responds to the API server. It decides nothing itself.
//
// One file per concern: pod_mutate.go injects; pod_validate.go, workload_validate.go, service_validate.go, connection_validate.go,
// network_policy_validate.go, endpoints_validate.go and declaration_validate.go have objects reviewed; organisation_validate.go and exception_validate.go check what an organisation adds.
// decode.go reads objects, cluster.go reads the cluster, break_glass.go asks the API server who may use break-glass. respond.go reports
// verdicts, refusal.go is the table of all other refusals, and only these two know HTTP codes. No handler has side effects, so a dry run is
// like any other request.
//
// Injection fails open (failurePolicy Ignore): a pod that was not injected is refused by validation. Validation fails closed (failurePolicy
// Fail): an undecided verdict, a failed look-up, a panic and a missed deadline refuse. The webhook of workloads has failurePolicy Ignore,
// because their pods are reviewed again; but when it responds, an undecided verdict refuses the workload too. That of endpoints has it
// because databases depend on endpoints, and lets them pass when the look-up fails.
package webhook
