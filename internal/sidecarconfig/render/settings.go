package render

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// renderEgress returns an egress entry for each processor with a host. A processor without a host is not called
// over the network.
func renderEgress(processors []v1alpha1.Processor, own shape.Documents) ([]sidecarconfig.Egress, error) {
	var rendered []sidecarconfig.Egress
	for i, p := range processors {
		if p.Host == "" {
			continue
		}
		of, err := findShape(use{name: cmp.Or(p.Shape, v1alpha1.ShapeOpenAIChat), parameters: p.Parameters}, own)
		if err != nil {
			return nil, fmt.Errorf("spec.processors[%d]: %w", i, err)
		}
		rendered = append(rendered, sidecarconfig.Egress{
			Name:       p.Name,
			Shape:      of.name,
			Revision:   of.revision,
			Document:   of.document,
			Parameters: of.parameters,
			Upstream:   contract.EgressScheme(p.Host) + "://" + strings.ToLower(p.Host),

			StoresConversations: p.StoresConversations,
			TrainsOnData:        p.TrainsOnData != nil && *p.TrainsOnData,
			PrivateNetwork:      p.PrivateNetwork,
		})
	}
	return rendered, nil
}

// renderModel returns the declared model. It has no name if none is declared.
func renderModel(declared *v1alpha1.IntellectualProperty) sidecarconfig.Model {
	if declared == nil || declared.Model == nil || declared.Model.Name == "" {
		return sidecarconfig.Model{}
	}
	line := func(text string) string { return strings.Join(strings.Fields(text), " ") }
	return sidecarconfig.Model{Name: line(declared.Model.Name), Version: line(declared.Model.Version)}
}

// renderParameters returns the declared parameters of a shape; nil if there are none.
func renderParameters(declared map[string]v1alpha1.ShapeParameter) map[string]string {
	if len(declared) == 0 {
		return nil
	}
	rendered := make(map[string]string, len(declared))
	for name, value := range declared {
		rendered[name] = string(value)
	}
	return rendered
}

// ListRedacted returns the detectors that replace personal data in the messages of a chatbot, and the categories that the declaration or the law
// wants redacted and that no detector knows. Both are sorted; detectors is never nil.
func ListRedacted(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set) (detectors, unredacted []string) {
	var law obligation.Redact
	if required != nil {
		law = required.Redact
	}
	return renderRedaction(spec.PersonalData, law)
}

// renderRedaction returns the detectors for the declared and the required categories of personal data, and the categories without a
// detector. The results are sorted and without duplicates; detectors is never nil.
func renderRedaction(declared *v1alpha1.PersonalData, required obligation.Redact) (detectors, unredacted []string) {
	categories := slices.Clone(required.Categories.Value)
	if declared != nil {
		for _, category := range declared.Redact {
			categories = append(categories, string(category))
		}
	}
	detectors = []string{}
	for _, category := range categories {
		found := sidecarconfig.DetectorsOf(category)
		detectors = append(detectors, found...)
		if len(found) == 0 {
			unredacted = append(unredacted, category)
		}
	}
	slices.Sort(detectors)
	slices.Sort(unredacted)
	return slices.Compact(detectors), slices.Compact(unredacted)
}

// selectForms gives the configuration the declared places and languages, if a detector has national forms or words that announce a kind.
func selectForms(config *sidecarconfig.Config, spec *v1alpha1.ChatbotDeploymentSpec) {
	hasForms := func(detector string) bool {
		return detector == sidecarconfig.DetectNationalID || detector == sidecarconfig.DetectPhone
	}
	if !slices.ContainsFunc(config.Redact, hasForms) {
		return
	}
	config.RedactPlaces = toCodes(spec.Jurisdictions)
	if spec.Audience != nil {
		for _, language := range spec.Audience.Languages {
			config.RedactLanguages = append(config.RedactLanguages, string(language))
		}
	}
}

// renderHandoff returns the declared handoff. If no mode is declared, it has the mode that the law requires. Its wait is the shorter of the
// declared wait and the longest that the law allows. A handoff also has the contact of the deployer. renderHandoff returns nil if neither
// declaration nor law says anything about a handoff, unless the chatbot is suspended: people then need at least the contact.
func renderHandoff(spec *v1alpha1.ChatbotDeploymentSpec, required obligation.Handoff, suspended bool) *sidecarconfig.Handoff {
	declared := &v1alpha1.Handoff{}
	if spec.Oversight != nil && spec.Oversight.Handoff != nil {
		declared = spec.Oversight.Handoff
	}
	rendered := sidecarconfig.Handoff{
		URL:            string(declared.URL),
		Mode:           cmp.Or(string(declared.Mode), required.Mode.Value),
		MaxWaitSeconds: takeSmaller(required.WaitSeconds.Value, declared.MaxWaitSeconds),
	}
	if rendered == (sidecarconfig.Handoff{}) && !suspended {
		return nil
	}
	rendered.Contact = findContact(spec)
	return &rendered
}

// findContact returns the public contact of the deployer. If there is none, it returns the contact for requests about personal data: that of
// the whole declaration or, since the sidecar does not know the place of a person, the first that is stated for a place. It returns "" if
// there is none of these.
func findContact(spec *v1alpha1.ChatbotDeploymentSpec) string {
	if a := spec.Accountability; a != nil && a.Deployer != nil && a.Deployer.Contact != "" {
		return string(a.Deployer.Contact)
	}
	for _, rights := range listRights(spec) {
		if rights.Contact != "" {
			return string(rights.Contact)
		}
	}
	return ""
}

// listRights returns what is declared about requests: for the whole declaration, and then for each place.
func listRights(spec *v1alpha1.ChatbotDeploymentSpec) []*v1alpha1.Rights {
	declared := []*v1alpha1.Rights{spec.Rights}
	for _, place := range spec.PerPlace {
		declared = append(declared, place.Rights)
	}
	return slices.DeleteFunc(declared, func(r *v1alpha1.Rights) bool { return r == nil })
}

// renderContacts returns the declared contacts that are made for the public, sorted and without duplicates. The contacts of the people who
// oversee the chatbot, answer for its risks and handle incidents are not among them: answers need not tell them.
func renderContacts(spec *v1alpha1.ChatbotDeploymentSpec) []string {
	var declared []v1alpha1.Contact
	for _, rights := range listRights(spec) {
		declared = append(declared, rights.Contact)
	}
	if spec.Oversight != nil {
		declared = append(declared, spec.Oversight.CrisisContact)
	}
	if a := spec.Accountability; a != nil {
		declared = append(declared, a.DataProtectionOfficer, a.GrievanceOfficer, a.LocalRepresentative)
		if a.Deployer != nil {
			declared = append(declared, a.Deployer.Contact)
		}
	}
	var contacts []string
	for _, contact := range declared {
		if contact != "" {
			contacts = append(contacts, string(contact))
		}
	}
	slices.Sort(contacts)
	return slices.Compact(contacts)
}

// renderConsent returns what the question for consent says, or nil if the sidecar does not ask.
func renderConsent(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set) *sidecarconfig.Consent {
	if !required.SidecarAsks(spec.Consent) {
		return nil
	}
	rendered := &sidecarconfig.Consent{
		Contact: findContact(spec),
		Purpose: limitText(strings.Join(strings.Fields(spec.Purpose.Description), " "), sidecarconfig.MaxPurposeBytes),
	}
	if a := spec.Accountability; a != nil && a.Deployer != nil {
		rendered.Name = strings.Join(strings.Fields(a.Deployer.Name), " ")
	}
	if spec.Consent != nil && spec.Consent.ReceiptKeyRef != nil {
		rendered.ReceiptKey = spec.Consent.ReceiptKeyRef.Name + "/" + spec.Consent.ReceiptKeyRef.Key
	}
	return rendered
}

// AsksForConsent reports whether the sidecar asks people for their consent to the recording, on one port or more.
func AsksForConsent(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set) bool {
	return required != nil && required.SidecarAsks(spec.Consent) && slices.ContainsFunc(spec.Ports, func(p v1alpha1.ChatPort) bool { return !isMute(p) })
}

// ListUnexecuted returns the names of the required dimensions that are left to the team, sorted: those of obligation.Set.ListUnexecuted, the
// consent to recording if the shape of a port has no answer in which the sidecar could ask, and those of listHandoffLeft.
func ListUnexecuted(spec *v1alpha1.ChatbotDeploymentSpec, required *obligation.Set) []string {
	left := required.ListUnexecuted(spec.Consent)
	if required == nil {
		return left
	}
	hasMute := slices.ContainsFunc(spec.Ports, isMute)
	if required.SidecarAsks(spec.Consent) && hasMute {
		left = append(left, obligation.RecordingDimension)
	}
	left = append(left, listHandoffLeft(spec, required, hasMute)...)
	slices.Sort(left)
	return slices.Compact(left)
}

// isMute reports whether the sidecar has no way to ask people on the port, as far as the declaration alone tells: a ChatShape counts as one
// that has none.
func isMute(port v1alpha1.ChatPort) bool {
	var found *shape.Shape
	var err error
	if port.Inline != nil {
		found, err = shape.LoadBare(inlinePrefix, port.Inline.Raw)
	} else {
		found, err = shape.FindPreset(cmp.Or(string(port.Shape), sidecarconfig.DefaultShape))
	}
	return err != nil || found == nil || found.Say == nil
}

// limitText cuts a text to the number of bytes, at the end of a word if it has several.
func limitText(text string, maxBytes int) string {
	const ellipsis = "…"
	if len(text) <= maxBytes {
		return text
	}
	cut := strings.ToValidUTF8(text[:maxBytes-len(ellipsis)], "")
	if end := strings.LastIndexByte(cut, ' '); end > 0 {
		cut = cut[:end]
	}
	return cut + ellipsis
}

// renderNotice returns the declared links, or nil if there are none. A declaration can have a link to withdraw the consent and a link to
// withdraw from the contract, but the header has room for one of them: renderNotice prefers the link for the consent.
func renderNotice(spec *v1alpha1.ChatbotDeploymentSpec) *sidecarconfig.Notice {
	var rendered sidecarconfig.Notice
	if spec.Consent != nil {
		rendered.PrivacyNoticeURL = string(spec.Consent.PrivacyNoticeURL)
		rendered.WithdrawalURL = string(spec.Consent.WithdrawalURL)
	}
	if spec.Contract != nil {
		rendered.TermsURL = string(spec.Contract.TermsURL)
		rendered.WithdrawalURL = cmp.Or(rendered.WithdrawalURL, string(spec.Contract.WithdrawalURL))
	}
	if rendered == (sidecarconfig.Notice{}) {
		return nil
	}
	return &rendered
}

// takeSmaller returns the smaller of the required and the declared limit. A required 0 and a declared 0 or nil mean that there is no limit.
// takeSmaller returns 0 if there is neither.
func takeSmaller(required int, declared *int32) int {
	if declared == nil || *declared == 0 {
		return required
	}
	if required == 0 {
		return int(*declared)
	}
	return min(required, int(*declared))
}

// renderLimits returns the declared limits. A limit that is not declared stays 0, which means the sidecar's default.
func renderLimits(declared *v1alpha1.ExchangeLimits) sidecarconfig.Limits {
	if declared == nil {
		return sidecarconfig.Limits{}
	}
	return sidecarconfig.Limits{
		RequestBytes:     declared.RequestBytes,
		ResponseBytes:    declared.ResponseBytes,
		FirstByteSeconds: int(declared.FirstByteSeconds),
		IdleSeconds:      int(declared.IdleSeconds),

		ConversationMessagesPerMinute: int(declared.ConversationMessagesPerMinute),
		ConversationBytesPerMinute:    declared.ConversationBytesPerMinute,
		CallerMessagesPerMinute:       int(declared.CallerMessagesPerMinute),
		CallerBytesPerMinute:          declared.CallerBytesPerMinute,
	}
}
