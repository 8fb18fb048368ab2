package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// egressPath is the one path that the sidecar passes on to a model service: that of the only interface it speaks.
const egressPath = "/v1/chat/completions"

// renderEgress returns the processors with a host, to which the sidecar passes calls of the app. Without a host there is nothing to call.
func renderEgress(processors []v1alpha1.Processor) []sidecarconfig.Egress {
	var rendered []sidecarconfig.Egress
	for _, p := range processors {
		if p.Host == "" {
			continue
		}
		rendered = append(rendered, sidecarconfig.Egress{
			Name:     p.Name,
			API:      sidecarconfig.APIOpenAIChat,
			Path:     egressPath,
			Upstream: chooseScheme(p.Host) + "://" + strings.ToLower(p.Host),
		})
	}
	return rendered
}

// chooseScheme returns https for every host outside the cluster. Services (`model`, `model.shop.svc`, …) rarely have certificates, and
// their traffic stays inside; on port 443 they are trusted to have one.
func chooseScheme(host string) string {
	name, port, _ := strings.Cut(strings.ToLower(host), ":")
	isService := !strings.Contains(name, ".") || strings.HasSuffix(name, ".svc") || strings.HasSuffix(name, ".svc.cluster.local")
	if isService && port != "443" {
		return "http"
	}
	return "https"
}

// renderRedaction returns the detectors for what is declared or required, and the categories that no detector finds; both sorted,
// the first not nil.
func renderRedaction(declared *v1alpha1.PersonalData, required obligation.Redact) (detectors, unredacted []string) {
	categories := slices.Clone(required.Categories.Value)
	if declared != nil {
		for _, category := range declared.Redact {
			categories = append(categories, string(category))
		}
	}
	detectors = []string{}
	for _, category := range categories {
		if detector := findDetector(category); detector != "" {
			detectors = append(detectors, detector)
		} else {
			unredacted = append(unredacted, category)
		}
	}
	slices.Sort(detectors)
	slices.Sort(unredacted)
	return slices.Compact(detectors), slices.Compact(unredacted)
}

// findDetector returns the detector for a category; empty when there is none. Of bank accounts, only international numbers can be
// told from other digits.
func findDetector(category string) string {
	if category == "bank-account" {
		return sidecarconfig.DetectIBAN
	}
	if slices.Contains(sidecarconfig.Detectors(), category) {
		return category
	}
	return ""
}

// renderHandoff returns what the declaration states about the handoff. If it states no mode, the mode is the one that the law requires. The
// wait is never longer than the law allows. A suspended chatbot hands everyone off. renderHandoff returns nil if there is nothing to tell.
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

// findContact returns the public contact of the deployer, otherwise that for requests about personal data; empty when there is none.
func findContact(spec *v1alpha1.ChatbotDeploymentSpec) string {
	if a := spec.Accountability; a != nil && a.Deployer != nil && a.Deployer.Contact != "" {
		return string(a.Deployer.Contact)
	}
	if spec.Rights != nil {
		return string(spec.Rights.Contact)
	}
	return ""
}

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

// takeSmaller returns the smaller of the required and the declared limit, where 0 and nil stand for none.
func takeSmaller(required int, declared *int32) int {
	if declared == nil || *declared == 0 {
		return required
	}
	if required == 0 {
		return int(*declared)
	}
	return min(required, int(*declared))
}
