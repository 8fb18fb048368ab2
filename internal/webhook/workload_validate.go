package webhook

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	admissionv1 "k8s.io/api/admission/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// Early refusal fails open: the pods are judged by webhooks that fail closed, so an outage of Chaperone must not stop the
// roll-outs of everything else in the namespace (docs/adr/0006-what-fails-open.md). There is no second entry for templates
// that call themselves chatbots in other namespaces: the label stands on the template, where no selector sees it.
//

// workloadValidator judges the pod template of a workload as its pods would be judged, so that whoever applies a Deployment is
// told at once what else only its ReplicaSet would learn.
type workloadValidator struct{ decide *decider }

var _ admission.Handler = (*workloadValidator)(nil)

// Handle answers a CREATE or UPDATE of a workload. What a controller made from another object passes, and so does an update that
// leaves the template as it was: scaling and pausing work whatever the law has become since.
func (w *workloadValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	object, old, err := workloads(req)
	if err != nil {
		return unreadable(err)
	}
	if object.owned || old != nil && bytes.Equal(object.template, old.template) {
		return permitted()
	}
	template, err := readContent(object.template)
	if err != nil {
		return unreadable(fmt.Errorf("template: %w", err))
	}
	template.path = policy.TemplatePath(req.Kind.Kind)
	subject := fmt.Sprintf("%s %q", req.Kind.Kind, req.Namespace+"/"+object.name)
	return w.decide.judged(ctx, req, subject, template, claim(template.labels))
}

// workload is what is read of a workload of any kind.
type workload struct {
	name string
	// owned: a controller made it from another object.
	owned bool
	// template is the undecoded pod template.
	template json.RawMessage
}

// workloads returns the workload, and on updates the workload as it was.
func workloads(req admission.Request) (object workload, old *workload, err error) {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return workload{}, nil, fmt.Errorf("operation %q of workloads is not judged here", req.Operation)
	}
	if object, err = readWorkload(req.Object.Raw); err != nil {
		return workload{}, nil, fmt.Errorf("object: %w", err)
	}
	if req.Operation == admissionv1.Create {
		return object, nil, nil
	}
	before, err := readWorkload(req.OldObject.Raw)
	if err != nil {
		return workload{}, nil, fmt.Errorf("old object: %w", err)
	}
	return object, &before, nil
}

// readWorkload finds the template; only a CronJob has a jobTemplate.
func readWorkload(raw []byte) (workload, error) {
	var object struct {
		Metadata struct {
			Name            string                  `json:"name"`
			GenerateName    string                  `json:"generateName"`
			OwnerReferences []metav1.OwnerReference `json:"ownerReferences"`
		} `json:"metadata"`
		Spec struct {
			Template    json.RawMessage `json:"template"`
			JobTemplate struct {
				Spec struct {
					Template json.RawMessage `json:"template"`
				} `json:"spec"`
			} `json:"jobTemplate"`
		} `json:"spec"`
	}
	if err := utiljson.Unmarshal(raw, &object); err != nil {
		return workload{}, fmt.Errorf("decode workload: %w", err)
	}
	read := workload{name: object.Metadata.Name, template: object.Spec.Template}
	if read.name == "" {
		read.name = object.Metadata.GenerateName
	}
	if read.template == nil {
		read.template = object.Spec.JobTemplate.Spec.Template
	}
	read.owned = slices.ContainsFunc(object.Metadata.OwnerReferences, func(o metav1.OwnerReference) bool {
		return o.Controller != nil && *o.Controller
	})
	return read, nil
}
