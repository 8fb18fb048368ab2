package webhook

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/policy"
)

// The webhook of workloads fails open, so that users can write workloads during an outage of Chaperone: the pods of a workload are reviewed
// again, by a webhook that fails closed (docs/adr/0006-what-fails-open.md). The webhook of workloads gets only workloads of namespaces that
// hold a declaration. In other namespaces, the API server cannot select the workloads of chatbots: the label chaperone.dev/chatbot is on
// their pod template, and the selectors of webhooks match only the labels of the workload itself.

// workloadValidator reviews the pod template of a workload as its pods would be reviewed, so that the user who applies a Deployment
// learns at once what otherwise only the events of its ReplicaSet would say.
type workloadValidator struct{ reviewers }

var _ admission.Handler = (*workloadValidator)(nil)

// Handle responds to a CREATE or UPDATE of a workload. It permits a workload that names a controller as its owner: usually that object was
// reviewed, as a Deployment is before its ReplicaSet, and the pods are reviewed in any case. It also permits an update that does not change
// the pod template, so that scaling and pausing work even if the law has changed.
func (v *workloadValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	object, old, err := decodeBoth(req, "workloads", decodeWorkload)
	if err != nil {
		return respondUnreadable(err)
	}
	isUnchanged := old != nil && bytes.Equal(object.template, old.template)
	if object.isOwned || isUnchanged {
		return permit()
	}
	template, err := decodePod(object.template)
	if err != nil {
		return respondUnreadable(fmt.Errorf("template: %w", err))
	}
	template.name = object.name
	template.TemplatePath = policy.TemplatePath(req.Kind.Kind)
	return v.reviewPod(ctx, req, req.Kind.Kind, template)
}

// workload holds what the webhook reads of a workload of any kind.
type workload struct {
	name string
	// isOwned is true if an owner reference names a controller. The webhook does not check whether that object exists, has a pod template
	// or was reviewed.
	isOwned bool
	// template is the undecoded pod template.
	template json.RawMessage
}

// decodeWorkload decodes the JSON of a workload. All kinds have their pod template at spec.template, except CronJob, which has it at
// spec.jobTemplate.spec.template.
func decodeWorkload(raw []byte) (workload, error) {
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
	template := object.Spec.Template
	if template == nil {
		template = object.Spec.JobTemplate.Spec.Template
	}
	isController := func(owner metav1.OwnerReference) bool { return owner.Controller != nil && *owner.Controller }
	return workload{
		name:     cmp.Or(object.Metadata.Name, object.Metadata.GenerateName),
		isOwned:  slices.ContainsFunc(object.Metadata.OwnerReferences, isController),
		template: template,
	}, nil
}
