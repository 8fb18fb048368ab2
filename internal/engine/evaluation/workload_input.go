package evaluation

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// workloadInput is the input of the entrypoint `workload`.
type workloadInput struct {
	Enforcement  string     `json:"enforcement"`
	Organisation *termInput `json:"organisation,omitempty"`
	Pod          podInput   `json:"pod"`
	facts.Workload
}

// podInput is the member `pod` of the input of the entrypoint `workload`.
type podInput struct {
	Governed bool `json:"governed"`
	// Chatbot is nil when the pod does not have the label.
	Chatbot *string `json:"chatbot,omitempty"`
	facts.Pod
}

// termInput is the member `organisation` of the input of the entrypoint `workload`.
type termInput struct {
	Floor   string            `json:"floor,omitempty"`
	Actions map[string]string `json:"actions,omitempty"`
	Waivers map[string]string `json:"waivers,omitempty"`
}

func newWorkloadInput(workload facts.Workload) *workloadInput {
	in := &workloadInput{
		Enforcement: cmp.Or(workload.Terms.Enforcement, "Deny"), Organisation: newTermInput(workload.Terms),
		Pod: podInput{Governed: workload.Declaration != nil, Pod: workload.Pod}, Workload: workload,
	}
	if workload.Pod.HasClaim {
		in.Pod.Chatbot = &workload.Pod.Chatbot
	}
	in.Containers = orEmpty(in.Containers)
	in.Sidecar.Upstreams, in.Sidecar.AppPorts = orEmpty(in.Sidecar.Upstreams), orEmpty(in.Sidecar.AppPorts)
	return in
}

// newTermInput returns nil when the organisation demands nothing.
func newTermInput(t policy.Terms) *termInput {
	if t.Floor == "" && len(t.Actions) == 0 && len(t.Waivers) == 0 {
		return nil
	}
	return &termInput{Floor: t.Floor, Actions: t.Actions, Waivers: t.Waivers}
}

// orEmpty returns an empty list for nil: rules read an array, not null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
