package render

import (
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecar/intent"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// Dimensions of obligation.Handoff.
const (
	handoffDimension = "oversight.handoff"
	waitDimension    = "oversight.handoffSeconds"
	crisisDimension  = "oversight.crisisProtocol"
)

// renderOversight returns when the sidecar turns to a human, or nil if nothing is declared about it.
func renderOversight(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set) *sidecarconfig.Oversight {
	if spec.Oversight == nil {
		return nil
	}
	rendered := sidecarconfig.Oversight{CrisisContact: string(spec.Oversight.CrisisContact)}
	if h := spec.Oversight.Handoff; h != nil {
		rendered.HandoffByApp = h.HandledBy == v1alpha1.HandledByApp
		if h.AfterFailures != nil {
			rendered.AfterFailures = int(*h.AfterFailures)
		}
		isAskedByApp := required.Consent.Recording.Value == obligation.RecordingOptIn && !required.SidecarAsks(spec.Consent)
		rendered.WithoutTranscript = h.URL != "" && isAskedByApp
	}
	if rendered == (sidecarconfig.Oversight{}) {
		return nil
	}
	return &rendered
}

// listHandoffLeft returns the required dimensions of obligation.Handoff that the sidecar does not carry out for this declaration: it cannot
// answer on a port, does not understand a language of the audience, or has nobody to turn to, or the app does it. hasMute is whether a port
// has no answer in which the sidecar could say something.
func listHandoffLeft(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set, hasMute bool) []string {
	handoff := required.Handoff
	isDeaf := hasMute || !understandsAll(spec, required.Disclose.Languages.Value)
	isDemanded := handoff.Mode.Required && handoff.Mode.Value != sidecarconfig.HandoffNone
	var left []string
	for _, d := range []struct {
		name                 string
		isRequired, suffices bool
	}{
		{handoffDimension, isDemanded, offersHuman(spec, handoff)},
		{waitDimension, handoff.WaitSeconds.Required, hasDesk(spec)},
		{crisisDimension, handoff.CrisisProtocol.Required, spec.Oversight != nil && spec.Oversight.CrisisContact != ""},
	} {
		if d.isRequired && (isDeaf || !d.suffices) {
			left = append(left, d.name)
		}
	}
	return left
}

// hasDesk reports whether the sidecar hands conversations over to a declared address.
func hasDesk(spec *v1alpha1.ChatbotDeploymentSpec) bool {
	return spec.Oversight != nil && spec.Oversight.Handoff != nil && spec.Oversight.Handoff.URL != "" &&
		spec.Oversight.Handoff.HandledBy != v1alpha1.HandledByApp
}

// offersHuman reports whether the sidecar gives people what the law demands: a desk, or a contact where that is enough.
func offersHuman(spec *v1alpha1.ChatbotDeploymentSpec, required obligation.Handoff) bool {
	if required.DemandsHuman() {
		return hasDesk(spec)
	}
	isByApp := spec.Oversight != nil && spec.Oversight.Handoff != nil && spec.Oversight.Handoff.HandledBy == v1alpha1.HandledByApp
	return !isByApp && (hasDesk(spec) || findContact(spec) != "")
}

// understandsAll reports whether the sidecar recognizes what people ask for in each language that the declaration or the law names.
func understandsAll(spec *v1alpha1.ChatbotDeploymentSpec, required []string) bool {
	tags := slices.Clone(required)
	for _, audience := range listAudiences(spec) {
		for _, language := range audience.Languages {
			tags = append(tags, string(language))
		}
	}
	return !slices.ContainsFunc(tags, func(tag string) bool { return !intent.Understands(tag) })
}
