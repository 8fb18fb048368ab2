package webhook

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	logf "sigs.k8s.io/controller-runtime/pkg/log"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

// The webhook of workloads fails open, so that users can write workloads during an outage of Chaperone: the pods of a workload are reviewed
// again, by a webhook that fails closed (docs/adr/0006-what-fails-open.md). The webhook of workloads gets only workloads of namespaces that
// hold a declaration. In other namespaces, the API server cannot select the workloads of chatbots: the label chaperone.dev/chatbot is on
// their pod template, and the selectors of webhooks match only the labels of the workload itself.

// workloadValidator reviews the pod templates of a workload as its pods would be reviewed, so that the user who applies a Deployment
// learns at once what otherwise only the events of its ReplicaSet would say.
type workloadValidator struct {
	reviewers
	// kinds are the kinds of workloads that are reviewed.
	kinds podtemplate.Table
}

var _ admission.Handler = (*workloadValidator)(nil)

// Handle responds to a CREATE or UPDATE of a workload. It permits a workload that names a controller as its owner: usually that object was
// reviewed, as a Deployment is before its ReplicaSet, and the pods are reviewed in any case. It also permits an update that does not change
// the pod templates, so that scaling and pausing work even if the law has changed.
func (v *workloadValidator) Handle(ctx context.Context, req admission.Request) admission.Response {
	kind, isKnown := v.kinds.Find(schema.GroupKind{Group: req.Kind.Group, Kind: req.Kind.Kind})
	if !isKnown && req.Kind.Kind != "" {
		// The registration can have a kind that the table has lost.
		return permit()
	}
	object, old, err := decodeBoth(req, "workloads", func(raw []byte) (workload, error) { return decodeWorkload(kind, raw) })
	if err != nil {
		return respondUnfamiliar(ctx, kind, err)
	}
	isUnchanged := old != nil && slices.EqualFunc(object.templates, old.templates, isSameTemplate)
	if object.isOwned || isUnchanged {
		return permit()
	}
	response := permit()
	for _, template := range object.templates {
		next := v.reviewTemplate(ctx, req, kind, object.name, template)
		if !next.Allowed {
			return next
		}
		response = response.WithWarnings(next.Warnings...)
	}
	return response
}

// reviewTemplate reviews one pod template of the workload with the name.
func (v *workloadValidator) reviewTemplate(ctx context.Context, req admission.Request, kind podtemplate.Kind, name string, template podtemplate.Template) admission.Response {
	pod, err := decodePod(template.Content)
	if err != nil {
		return respondUnfamiliar(ctx, kind, fmt.Errorf("template: %w", err))
	}
	pod.name, pod.TemplatePath = name, template.Path
	if kind.Cannot != "" {
		return v.warnOf(ctx, req, kind, pod)
	}
	return v.reviewPod(ctx, req, req.Kind.Kind, pod)
}

// warnOf permits a workload of a kind whose pods cannot be governed, and says so if a declaration selects them. It refuses nothing: the pods
// are reviewed when they are made, and are not as their template is.
func (v *workloadValidator) warnOf(ctx context.Context, req admission.Request, kind podtemplate.Kind, pod namedPod) admission.Response {
	scope, err := v.cluster.readScope(ctx, req.Namespace)
	if err != nil {
		return respondRefused(refuseUndecided(err))
	}
	if governance, err := scope.Declarations.Govern(pod.Labels, pod.Claim); err != nil || !governance.IsGoverned() {
		return permit()
	}
	return permit().WithWarnings(newWarnings(fmt.Sprintf("%s %q cannot be governed, because %s", req.Kind.Kind, req.Namespace+"/"+pod.name, kind.Cannot))...)
}

// respondUnfamiliar responds to a workload that cannot be read. One of another project has a form that the table does not know, such as that
// of a later version. Its pods are reviewed in any case, so it is permitted.
func respondUnfamiliar(ctx context.Context, kind podtemplate.Kind, err error) admission.Response {
	if kind.IsOfKubernetes() {
		return respondUnreadable(err)
	}
	logf.FromContext(ctx).Info("Leaving a workload to the review of its pods", "kind", kind.GroupKind().String())
	return permit()
}

// workload is what a decision reads of a workload.
type workload struct {
	name string
	// isOwned is true if an owner reference names a controller. The webhook does not check whether that object exists, has a pod template
	// or was reviewed.
	isOwned   bool
	templates []podtemplate.Template
}

func isSameTemplate(a, b podtemplate.Template) bool {
	return a.Path == b.Path && bytes.Equal(a.Content, b.Content)
}

// decodeWorkload decodes a workload of the kind. It leaves the pod templates undecoded.
func decodeWorkload(kind podtemplate.Kind, raw []byte) (workload, error) {
	var object metav1.PartialObjectMetadata
	if err := utiljson.Unmarshal(raw, &object); err != nil {
		return workload{}, fmt.Errorf("decode workload: %w", err)
	}
	templates, err := kind.FindTemplates(raw)
	if err != nil {
		return workload{}, err
	}
	if len(templates) == 0 && len(kind.Templates) > 0 && kind.IsOfKubernetes() {
		return workload{}, fmt.Errorf("decode workload: %s is missing", kind.Templates[0])
	}
	return workload{
		name:      cmp.Or(object.Name, object.GenerateName),
		isOwned:   metav1.GetControllerOfNoCopy(&object) != nil,
		templates: templates,
	}, nil
}
