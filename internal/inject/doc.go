// Package inject turns a pod into a governed pod: it adds the governance sidecar, gives it the app's port names, points model traffic at
// it, takes away the service-account token unless the pod asks for it by annotation, and keeps the pod in its regions.
//
// It is pure and idempotent: it reads only its arguments, and a second run changes nothing. It does not decide whether a pod is admitted:
// the policy decides about the final pod. The admission webhooks and the CLI use it.
package inject
