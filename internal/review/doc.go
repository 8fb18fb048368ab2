// Package review decides about objects: a declaration, a pod, the pod template of a workload, a Service, a connection, a
// NetworkPolicy, endpoints. The reconciler, the webhooks and the CLI all decide here, so that they agree: each reads objects, has them
// reviewed, and reports.
//
// It owns the questions whose answers the edges share: which declaration governs an object (Govern), which chatbots a Service
// leads to (Backends) and a NetworkPolicy concerns (listSelected), which enforcement holds (Decision.Verdict.Terms), and what was decided before (decisionCache). It is pure:
// objects and a policy engine go in, verdicts come out. It reads no cluster and no file, and it knows no HTTP.
package review
