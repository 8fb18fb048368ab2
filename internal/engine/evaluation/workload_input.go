package evaluation

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// workloadInput is the input of the entrypoint `workload`.
type workloadInput struct {
	Enforcement  string      `json:"enforcement"`
	Organisation *termsInput `json:"organisation,omitempty"`
	Pod          podInput    `json:"pod"`
	facts.Workload
}

// podInput is the member `pod` of the input of the entrypoint `workload`.
type podInput struct {
	Governed bool `json:"governed"`
	// Chatbot is the value of the label chaperone.dev/chatbot. It is nil if the pod does not have the label.
	Chatbot *string `json:"chatbot,omitempty"`
	facts.Pod
}

// termsInput is the member `organisation` of a workload or a chatbot in an input: what the organisation and the exceptions say about the
// actions of findings.
type termsInput struct {
	Floor   string            `json:"floor,omitempty"`
	Actions map[string]string `json:"actions,omitempty"`
	Waivers map[string]string `json:"waivers,omitempty"`
}

// newWorkloadInput returns the input of the entrypoint `workload`. A list that the JSON schema of the input requires is empty instead of
// null. An unset enforcement is Deny, like in the API.
func newWorkloadInput(workload facts.Workload) *workloadInput {
	in := &workloadInput{
		Enforcement: cmp.Or(workload.Terms.Enforcement, "Deny"), Organisation: newTermsInput(workload.Terms),
		Pod: podInput{Governed: workload.Declaration != nil, Pod: workload.Pod}, Workload: workload,
	}
	// A pod without a claim has no member `chatbot`, and a pod with an empty claim has an empty one.
	if workload.Pod.HasClaim {
		in.Pod.Chatbot = &workload.Pod.Chatbot
	}
	in.Containers = orEmpty(in.Containers)
	in.Sidecar.Upstreams, in.Sidecar.AppPorts = orEmpty(in.Sidecar.Upstreams), orEmpty(in.Sidecar.AppPorts)
	return in
}

// newTermsInput returns the demands of the organisation and the waivers, or nil if there are none.
func newTermsInput(t policy.Terms) *termsInput {
	if t.Floor == "" && len(t.Actions) == 0 && len(t.Waivers) == 0 {
		return nil
	}
	return &termsInput{Floor: t.Floor, Actions: t.Actions, Waivers: t.Waivers}
}

// orEmpty returns the list, or an empty one in place of nil, which would be encoded as null.
func orEmpty[T any](list []T) []T {
	if list == nil {
		return []T{}
	}
	return list
}
