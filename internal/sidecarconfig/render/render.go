// Package render turns a declaration and its verdict into the sidecar's configuration: it merges what the law requires and what the
// team declares into plain settings that the sidecar only executes.
//
// It is pure and deterministic: the same declaration, verdict and built-in statements always give the same bytes. So the reconciler,
// which writes the file, and the admission webhooks, which write its hash on pods, agree without talking to each other.
package render

import (
	"errors"
	"fmt"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Statements maps language tags (BCP 47) to the disclosure statement in each language.
type Statements map[string]string

// Config returns the configuration for the declaration; the verdict is that of the declaration. builtIn has Chaperone's own statements, for
// languages in which the declaration has none, and own are the ChatShapes that exist. Config returns an error if the verdict is undecided,
// if the shape of a port cannot be used, or if the declaration or the law asks for a disclosure and there is no statement. The upstreams of
// the ports stay empty, because only the pod says on which ports the app listens (see inject.Expected).
//
// No setting may keep a chatbot from being suspended. If some setting of a suspended chatbot is missing or invalid, the configuration has
// only the ports.
func Config(declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict, builtIn Statements, own shape.Documents) (sidecarconfig.Config, error) {
	chatbot := declaration.Namespace + "/" + declaration.Name
	isDecided := slices.Contains([]policy.Outcome{policy.OutcomeAllow, policy.OutcomeWarn, policy.OutcomeDeny}, verdict.Outcome)
	if !isDecided {
		return sidecarconfig.Config{}, fmt.Errorf("no decision about ChatbotDeployment %q: %s", chatbot, verdict.Reason)
	}
	base := sidecarconfig.Config{
		Version:   sidecarconfig.Version,
		Chatbot:   chatbot,
		Revision:  verdict.Revision,
		Suspended: declaration.Spec.Suspended || verdict.RequiresQuarantine(),
		Redact:    []string{},
	}
	var err error
	if base.Ports, err = renderPorts(declaration.Spec.Ports, own); err != nil {
		if !base.Suspended {
			return sidecarconfig.Config{}, fmt.Errorf("ports of ChatbotDeployment %q: %w", chatbot, err)
		}
		useDefaultShape(base.Ports)
	}
	if !base.Suspended { // A suspended chatbot refuses everything, whatever the enforcement.
		base.Mode = renderMode(verdict)
	}
	required := verdict.Obligations
	if required == nil {
		required = &obligation.Set{}
	}
	config, err := addSettings(base, &declaration.Spec, required, builtIn, own)
	config.Values = renderValues(&declaration.Spec, verdict)
	if base.Suspended && (err != nil || config.Validate() != nil) {
		return base, nil
	}
	return config, err
}

// useDefaultShape gives all ports the default shape. A suspended sidecar refuses every request, and needs a shape only for that.
func useDefaultShape(ports []sidecarconfig.Port) {
	for i := range ports {
		p := &ports[i]
		p.Shape, p.Revision, p.Document, p.Parameters = sidecarconfig.DefaultShape, 0, nil, nil
	}
}

// renderMode returns the mode for the effective enforcement: Audit refuses no exchange, Warn only exchanges of the declared routes.
func renderMode(verdict policy.Verdict) string {
	switch verdict.Terms.Enforcement {
	case "audit":
		return sidecarconfig.ModeObserve
	case "warn":
		return sidecarconfig.ModePassUndeclared
	}
	return ""
}

// addSettings returns the configuration with what the spec states and the law requires.
func addSettings(config sidecarconfig.Config, spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set, builtIn Statements, own shape.Documents) (
	sidecarconfig.Config, error,
) {
	if err := checkNumbers(spec.Ports); err != nil {
		return sidecarconfig.Config{}, fmt.Errorf("ports of ChatbotDeployment %q: %w", config.Chatbot, err)
	}
	disclose, err := renderDisclosure(spec, required.Disclose, builtIn)
	if err != nil {
		return sidecarconfig.Config{}, fmt.Errorf("disclosure of ChatbotDeployment %q: %w", config.Chatbot, err)
	}
	config.Disclose, config.Truthful = disclose, required.Disclose.Truthful.Value
	config.Contacts = renderContacts(spec)
	config.Redact, config.Unredacted = renderRedaction(spec.PersonalData, required.Redact)
	selectForms(&config, spec)
	if config.Egress, err = renderEgress(spec.Processors, own); err != nil {
		return sidecarconfig.Config{}, fmt.Errorf("processors of ChatbotDeployment %q: %w", config.Chatbot, err)
	}
	config.Handoff = renderHandoff(spec, required.Handoff, config.Suspended)
	config.Oversight = renderOversight(spec, required)
	config.Consent = renderConsent(spec, required)
	config.Notice = renderNotice(spec)
	config.Model = renderModel(spec.IntellectualProperty)
	config.Limits = renderLimits(spec.Limits)
	return config, nil
}

// File returns the content of the configuration file and its sidecarconfig.Hash, which the governed pods carry as an annotation. builtIn
// and own are those of Config. File returns the errors of Config, and an error for
// settings that the sidecar would refuse.
func File(declaration *v1alpha1.ChatbotDeployment, verdict policy.Verdict, builtIn Statements, own shape.Documents) (data []byte, hash string, err error) {
	config, err := Config(declaration, verdict, builtIn, own)
	if err != nil {
		return nil, "", err
	}
	data, err = config.Marshal()
	if err != nil {
		return nil, "", fmt.Errorf("sidecar configuration of ChatbotDeployment %q: %w", config.Chatbot, err)
	}
	return data, sidecarconfig.Hash(data), nil
}

// checkNumbers returns an error if a declared port has a number that belongs to the sidecar: the sidecar would send what it receives to itself.
func checkNumbers(declared []v1alpha1.ChatPort) error {
	for i, port := range declared {
		if port.Port >= contract.FirstReservedPort && port.Port <= contract.LastReservedPort {
			return fmt.Errorf("spec.ports[%d].port is %d; the ports %d to %d belong to the sidecar: state the port on which the app listens",
				i, port.Port, contract.FirstReservedPort, contract.LastReservedPort)
		}
	}
	return nil
}

// renderPorts returns the declared ports. The sidecar listens for the port at index i on inject.IngressPort(i). With an error, the shapes
// of the ports cannot be used.
func renderPorts(declared []v1alpha1.ChatPort, own shape.Documents) ([]sidecarconfig.Port, error) {
	var faults []error
	rendered := make([]sidecarconfig.Port, 0, len(declared))
	for i, port := range declared {
		name := contract.PortName(port.Name, port.Port)
		of, err := findShape(use{name, port.Shape, port.Inline, port.Parameters}, own)
		if err != nil {
			faults = append(faults, fmt.Errorf("spec.ports[%d]: %w", i, err))
		}
		rendered = append(rendered, sidecarconfig.Port{
			Name:       name,
			Shape:      of.name,
			Revision:   of.revision,
			Document:   of.document,
			Parameters: of.parameters,
			Refusals:   string(port.Refusals),
			Signature:  renderSignature(port.Signature),
			Listen:     fmt.Sprintf(":%d", inject.IngressPort(i)),
		})
	}
	return rendered, errors.Join(faults...)
}

// renderSignature returns which secret the messages to a port are checked with; nil if the declaration names none.
func renderSignature(declared *v1alpha1.PortSignature) *sidecarconfig.Signature {
	if declared == nil {
		return nil
	}
	return &sidecarconfig.Signature{Secret: declared.SecretKeyRef.Name + "/" + declared.SecretKeyRef.Key, URL: declared.URL}
}
