package render

import (
	"cmp"
	"slices"
	"strings"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

// egressPath is the one path that the sidecar passes on to a model service: that of the only interface it speaks.
const egressPath = "/v1/chat/completions"

// egress returns the processors that the app calls. One without a host is never called.
func egress(processors []v1alpha1.Processor) []sidecarconfig.Egress {
	var rendered []sidecarconfig.Egress
	for _, p := range processors {
		if p.Host == "" {
			continue
		}
		rendered = append(rendered, sidecarconfig.Egress{
			Name:     p.Name,
			API:      sidecarconfig.APIOpenAIChat,
			Path:     egressPath,
			Upstream: scheme(p.Host) + "://" + strings.ToLower(p.Host),
		})
	}
	return rendered
}

// scheme is https for every host out of the cluster. Names of Services (`model`, `model.shop.svc`, …) rarely have
// certificates, and their traffic stays inside; on port 443 they are trusted to have one.
func scheme(host string) string {
	name, port, _ := strings.Cut(strings.ToLower(host), ":")
	service := !strings.Contains(name, ".") || strings.HasSuffix(name, ".svc") || strings.HasSuffix(name, ".svc.cluster.local")
	if service && port != "443" {
		return "http"
	}
	return "https"
}

// redaction returns the detectors for what is declared or required, and the categories that no detector finds; both sorted,
// the first not nil.
func redaction(declared *v1alpha1.PersonalData, required requirements) (detectors, unredacted []string) {
	categories := required.words("personal_data.redact")
	if declared != nil {
		for _, category := range declared.Redact {
			categories = append(categories, string(category))
		}
	}
	detectors = []string{}
	for _, category := range categories {
		if detector := detectorOf(category); detector != "" {
			detectors = append(detectors, detector)
		} else {
			unredacted = append(unredacted, category)
		}
	}
	slices.Sort(detectors)
	slices.Sort(unredacted)
	return slices.Compact(detectors), slices.Compact(unredacted)
}

// detectorOf returns the detector for a category; empty when there is none. Of bank accounts only the international numbers
// can be told from other digits.
func detectorOf(category string) string {
	if category == "bank-account" {
		return sidecarconfig.DetectIBAN
	}
	if slices.Contains(sidecarconfig.Detectors(), category) {
		return category
	}
	return ""
}

// handoff tells people what is declared, and where nothing is declared what the law requires; a promised wait is never longer
// than the law's. A suspended chatbot hands everybody off. The contact is the public one of who answers for the chatbot.
func handoff(spec *v1alpha1.ChatbotDeploymentSpec, required requirements, suspended bool) *sidecarconfig.Handoff {
	way := &v1alpha1.Handoff{}
	if spec.Oversight != nil && spec.Oversight.Handoff != nil {
		way = spec.Oversight.Handoff
	}
	wait := required.number("oversight.handoffSeconds")
	if way.MaxWaitSeconds != nil {
		wait = smaller(wait, int(*way.MaxWaitSeconds))
	}
	rendered := sidecarconfig.Handoff{
		URL:            string(way.URL),
		Mode:           cmp.Or(string(way.Mode), required.level("oversight.handoff")),
		MaxWaitSeconds: wait,
	}
	if rendered == (sidecarconfig.Handoff{}) && !suspended {
		return nil
	}
	rendered.Contact = contact(spec)
	return &rendered
}

func contact(spec *v1alpha1.ChatbotDeploymentSpec) string {
	if a := spec.Accountability; a != nil && a.Deployer != nil && a.Deployer.Contact != "" {
		return string(a.Deployer.Contact)
	}
	if spec.Rights != nil {
		return string(spec.Rights.Contact)
	}
	return ""
}

func notice(spec *v1alpha1.ChatbotDeploymentSpec) *sidecarconfig.Notice {
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
