// Package inject turns a pod into a governed pod: it adds the governance sidecar, gives it the app's port names, points model
// traffic at it, takes away the service-account token and keeps the pod in its regions.
//
// It is pure and idempotent: objects in, objects out, and a second run changes nothing. It decides nothing: whether the
// result may run is judged by the policy on the final pod. It is used by the admission webhooks and by the CLI.
package inject
