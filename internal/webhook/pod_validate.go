package webhook

import (
	"context"
	"errors"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The first entry sees every pod of a namespace that holds a declaration, the second the pods that call themselves chatbots
// everywhere else; each request reaches one of them.
//

// podValidator judges the final pod. It also judges pods that are being deleted, mirror pods, and updates through
// subresources: whatever changes what a decision reads is decided anew.
type podValidator struct{ decide *decider }

var _ admission.Handler = (*podValidator)(nil)

// Handle answers a CREATE or UPDATE of a pod.
func (p *podValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	pod, old, err := contents(req)
	if err != nil {
		return unreadable(err)
	}
	if old != nil {
		if pod.governedAlike(*old) {
			return permitted()
		}
		if pod.kept, err = old.ephemeral(); err != nil {
			return unreadable(fmt.Errorf("old object: %w", err))
		}
	}
	claimed := claim(pod.labels)
	if claimed == nil && old != nil {
		// A governed pod does not stop being one by losing its label.
		claimed = claim(old.labels)
	}
	return p.decide.judged(ctx, req, fmt.Sprintf("Pod %q", req.Namespace+"/"+pod.name), pod, claimed)
}

// contents returns the pod, and on updates the pod as it was.
func contents(req admission.Request) (pod content, old *content, err error) {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return content{}, nil, fmt.Errorf("operation %q of pods is not judged here", req.Operation)
	}
	if pod, err = readContent(req.Object.Raw); err != nil {
		return content{}, nil, fmt.Errorf("object: %w", err)
	}
	if req.Operation == admissionv1.Create {
		return pod, nil, nil
	}
	before, err := readContent(req.OldObject.Raw)
	if err != nil {
		return content{}, nil, fmt.Errorf("old object: %w", err)
	}
	return pod, &before, nil
}

// claim returns the chatbot that labels name, nil when they name none.
func claim(podLabels map[string]string) *string {
	if name, ok := podLabels[v1alpha1.LabelChatbot]; ok {
		return &name
	}
	return nil
}

func ungovernable(field string, err error) admission.Response {
	var overlap *overlapError
	var absent *absentError
	switch {
	case errors.As(err, &overlap):
		return denied(field, err.Error())
	case errors.As(err, &absent):
		return denied("metadata.name", err.Error())
	}
	return undecidable(err.Error())
}

func answer(ctx context.Context, subject string, v policy.Verdict) admission.Response {
	return answerBroken(ctx, subject, v, nil, nil)
}

// answerBroken answers with a verdict for which the glass of the chatbots was broken, unless there are no broken rules.
func answerBroken(ctx context.Context, subject string, v policy.Verdict, chatbots, broken []string) admission.Response {
	if v.Refuses() {
		logf.FromContext(ctx).Info("Refused by the policy", "outcome", v.Outcome, "rules", v.Rules(), "reason", v.Reason)
	}
	if len(broken) > 0 {
		return brokenGlass(subject, v, chatbots, broken)
	}
	return decided(subject, v)
}
