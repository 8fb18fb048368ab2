package chatbot

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/policy/legal"
	"github.com/chaperone-dev/chaperone/internal/policy/obligation"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newDeclaration() *v1alpha1.ChatbotDeployment {
	return &v1alpha1.ChatbotDeployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: "support", UID: "u-1", Generation: 3},
		Spec: v1alpha1.ChatbotDeploymentSpec{
			Selector:      metav1.LabelSelector{MatchLabels: map[string]string{"app": "support-bot"}},
			Ports:         []v1alpha1.ChatPort{{Name: "http", Shape: "openai-chat"}},
			Jurisdictions: []v1alpha1.Code{"eu", "us-ca"},
		},
	}
}

func allowVerdict() policy.Verdict {
	v := policy.Verdict{
		Outcome: policy.OutcomeAllow, Compliant: true, Revision: "r1", AsOf: "2026-11-23", NextEvaluation: "2027-01-01",
		Obligations: &obligation.Set{},
	}
	v.Obligations.Retain.TranscriptMaxDays.Merged = obligation.Merged[int]{
		Required: true, Value: 180, Sources: []legal.Source{{Code: "us-ca"}, {Code: "eu"}, {Code: "eu"}},
	}
	return v
}

func newFinding(action policy.Action) policy.Finding {
	return policy.Finding{
		Rule: "rights.responseDays", Action: action, Field: "spec.rights.responseDays", Found: 90, Required: 30,
		Remedy: "Lower it.", Sources: []legal.Source{{Code: "eu", Act: "An Act", Article: "Art. 5"}},
	}
}

func denyVerdict() policy.Verdict {
	v := allowVerdict()
	v.Outcome, v.Compliant, v.Findings = policy.OutcomeDeny, false, []policy.Finding{newFinding(policy.ActionDeny)}
	return v
}

func warnVerdict() policy.Verdict {
	v := allowVerdict()
	v.Outcome, v.Findings = policy.OutcomeWarn, []policy.Finding{newFinding(policy.ActionWarn)}
	return v
}

// quarantineVerdict is a declaration that does not comply, with spec.enforcement Quarantine.
func quarantineVerdict() policy.Verdict {
	v := allowVerdict()
	v.Outcome, v.Compliant, v.Findings = policy.OutcomeWarn, false, []policy.Finding{newFinding(policy.ActionQuarantine)}
	return v
}

func undecideVerdict() policy.Verdict {
	return policy.NewUndecided("r1", "2026-11-23", "evaluate declaration: out of time")
}

// renderValid is a configuration that the sidecar accepts.
func renderValid(d *v1alpha1.ChatbotDeployment, v policy.Verdict, _ shape.Documents) (sidecarconfig.Config, error) {
	return sidecarconfig.Config{
		Version: sidecarconfig.Version, Chatbot: d.Namespace + "/" + d.Name, Revision: v.Revision, Suspended: d.Spec.Suspended,
		Ports:  []sidecarconfig.Port{{Name: "http", Shape: "openai-chat", Listen: ":23100"}},
		Redact: []string{"email"}, Unredacted: []string{"health-record"},
	}, nil
}

func newStoredConfigMap(hash string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Annotations: map[string]string{v1alpha1.AnnotationConfigHash: hash}}}
}
