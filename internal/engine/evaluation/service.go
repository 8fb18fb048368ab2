package evaluation

import (
	"cmp"
	"context"
	"fmt"

	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// DecideService decides about a Service that leads to pods of chatbots. If the evaluation fails, the outcome is Undecided.
func (s *Snapshot) DecideService(ctx context.Context, in facts.ServiceInput) policy.Verdict {
	verdict, err := s.encodeAndEvaluate(ctx, s.serviceQuery, newServiceInput(in), in.AsOf)
	if err != nil {
		return policy.NewUndecided(s.revision, in.AsOf, fmt.Sprintf("evaluate service: %v", err))
	}
	return verdict
}

// serviceInput is the input of the entrypoint `service`.
type serviceInput struct {
	Namespace     string         `json:"namespace,omitempty"`
	Name          string         `json:"name,omitempty"`
	Chatbots      []chatbotInput `json:"chatbots"`
	Targets       []targetInput  `json:"targets,omitempty"`
	HeadlessPorts []targetInput  `json:"headlessPorts,omitempty"`
	ExternalIPs   []string       `json:"externalIPs,omitempty"`
	// Selector and Ungoverned are those of facts.ServiceInput.
	Selector   map[string]string `json:"selector,omitempty"`
	Ungoverned []ungovernedInput `json:"ungoverned,omitempty"`
}

// ungovernedInput is facts.UngovernedPods.
type ungovernedInput struct {
	Workload    string   `json:"workload"`
	PortNames   []string `json:"portNames"`
	PortNumbers []int32  `json:"portNumbers,omitempty"`
}

// chatbotInput is a chatbot in the inputs of the entrypoints `service`, `connection` and `network`.
type chatbotInput struct {
	Name         string      `json:"name"`
	Enforcement  string      `json:"enforcement"`
	Organisation *termsInput `json:"organisation,omitempty"`
	// Ports are those on which the sidecar listens, sorted by name.
	Ports []portInput `json:"ports"`
	// AppNumbers are facts.Chatbot.AppNumbers.
	AppNumbers []int32  `json:"appNumbers,omitempty"`
	OpenPorts  []string `json:"openPorts,omitempty"`
}

// portInput is a port on which the sidecar of a chatbot listens.
type portInput struct {
	Name   string `json:"name"`
	Number int32  `json:"number"`
}

// targetInput is the container port to which a Service or a connection leads. It has a name or a number.
type targetInput struct {
	// Field is the JSON path of the field that states the target, for example `spec.ports[0].targetPort` of a Service. It is `port` if the URL
	// of a proxy request states the target.
	Field   string `json:"field"`
	Pointer string `json:"pointer,omitempty"`
	Name    string `json:"name,omitempty"`
	Number  *int32 `json:"number,omitempty"`
}

func newServiceInput(in facts.ServiceInput) *serviceInput {
	var ungoverned []ungovernedInput
	for _, pods := range in.Ungoverned {
		ungoverned = append(ungoverned, ungovernedInput(pods))
	}
	return &serviceInput{
		Namespace: in.Namespace, Name: in.Name,
		Chatbots: newChatbotInputs(in.Chatbots), Targets: newTargetInputs(in.Targets),
		HeadlessPorts: newTargetInputs(in.HeadlessPorts), ExternalIPs: in.ExternalIPs,
		Selector: in.Selector, Ungoverned: ungoverned,
	}
}

// newChatbotInputs returns the input about each chatbot. An unset enforcement is Deny, like in the API.
func newChatbotInputs(chatbots []facts.Chatbot) []chatbotInput {
	inputs := make([]chatbotInput, 0, len(chatbots))
	for _, c := range chatbots {
		input := chatbotInput{
			Name: c.Name, Enforcement: cmp.Or(c.Terms.Enforcement, "Deny"), Ports: make([]portInput, 0, len(c.Ports)), AppNumbers: c.AppNumbers, OpenPorts: c.OpenPorts,
			// The terms without the waivers: no exception waives a rule about Services or connections.
			Organisation: newTermsInput(policy.Terms{Floor: c.Terms.Floor, Actions: c.Terms.Actions}),
		}
		for _, name := range c.PortNames() {
			input.Ports = append(input.Ports, portInput{Name: name, Number: c.Ports[name]})
		}
		inputs = append(inputs, input)
	}
	return inputs
}

// newTargetInputs returns the input about each target, which is a container port. A port that is targeted by its name has no number.
func newTargetInputs(targets []facts.Target) []targetInput {
	inputs := make([]targetInput, 0, len(targets))
	for _, t := range targets {
		input := targetInput{Field: t.Field, Pointer: t.Pointer, Name: t.Name}
		if t.Name == "" {
			input.Number = &t.Number
		}
		inputs = append(inputs, input)
	}
	return inputs
}
