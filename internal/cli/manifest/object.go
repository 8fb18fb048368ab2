// Package manifest reads Kubernetes objects from YAML and JSON, in files, folders and standard input. A file can have many documents. A
// list stands for its items. Decoding is strict. For input that the API server would refuse, the package returns a Problem with the file,
// the document, the field and what to do. It does not review the objects.
package manifest

import (
	"cmp"
	"fmt"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// DefaultNamespace is the namespace of objects that state none, as in a new cluster's context.
const DefaultNamespace = "default"

// Origin says where an object comes from.
type Origin struct {
	// File is the path as it was given; "-" is standard input.
	File string
	// Document is the number of the document in the file, from 1; 0 stands for the whole file.
	Document int
}

// Object is one object of the input.
type Object struct {
	Origin Origin
	// APIVersion, Kind, Namespace and Name identify the object. Namespace is empty for cluster-scoped kinds. Name is the generateName of an
	// object that has no name.
	APIVersion, Kind, Namespace, Name string
	// UID is empty for objects that no cluster has stored.
	UID types.UID
	// IsOwned is true if another object controls this one, as a Deployment controls its ReplicaSets.
	IsOwned bool
	// StatesNamespace is true if the object states its namespace, and false if Namespace is DefaultNamespace for lack of one.
	StatesNamespace bool
	// IsIdle is true for a workload that has no pods: it is scaled to zero or suspended, or it is a Job that has finished.
	IsIdle bool
	// IsForeign is true for a workload of a kind that is not one of Kubernetes itself, such as a Rollout.
	IsForeign bool
	// Declaration is set for a ChatbotDeployment, nil otherwise.
	Declaration *v1alpha1.ChatbotDeployment
	// Pod is set for a Pod and for a workload, nil otherwise. For a workload it is the pod that the workload's controller would make from the
	// pod template.
	Pod *corev1.Pod
	// TemplatePath is the JSON path of the pod template in a workload, `spec.template` for most kinds; empty for a Pod. It ends with a dot if
	// only the spec of the pods is there. A workload with several templates is several objects.
	TemplatePath string
	// PodSelector selects the pods of a workload; nil for other objects, and for workloads whose selector is left to the cluster.
	PodSelector *metav1.LabelSelector
	// Service is set for a Service, nil otherwise.
	Service *corev1.Service
	// NetworkPolicy is set for a NetworkPolicy, nil otherwise.
	NetworkPolicy *networkingv1.NetworkPolicy
	// Profile, Policy, Exception, Shape, NamespaceObject, ConfigMap and LimitRange are set for the kinds that affect the review of other
	// objects: JurisdictionProfile, GovernancePolicy, PolicyException, ChatShape, Namespace, ConfigMap and LimitRange.
	Profile         *v1alpha1.JurisdictionProfile
	Policy          *v1alpha1.GovernancePolicy
	Exception       *v1alpha1.PolicyException
	Shape           *v1alpha1.ChatShape
	NamespaceObject *corev1.Namespace
	ConfigMap       *corev1.ConfigMap
	LimitRange      *corev1.LimitRange
}

// IsReviewed reports whether a review gives a verdict about the object. The objects of other kinds only affect such verdicts.
func (o Object) IsReviewed() bool {
	return o.Declaration != nil || o.Pod != nil || o.Service != nil || o.NetworkPolicy != nil
}

// IsLive reports whether the object says that it comes from a cluster: it has a UID, which API servers give. Anyone can write a
// UID into a file, so an exception must not waive anything merely because it has a UID.
func (o Object) IsLive() bool { return o.UID != "" }

// IsLivePod reports whether the object is a pod that says, by its UID, that a cluster has already admitted it.
func (o Object) IsLivePod() bool { return o.IsLive() && o.Pod != nil && o.TemplatePath == "" }

// Key returns the namespace and name.
func (o Object) Key() types.NamespacedName {
	return types.NamespacedName{Namespace: o.Namespace, Name: o.Name}
}

// set stores the typed object in the field for its kind.
func (o *Object) set(typed runtime.Object) {
	switch typed := typed.(type) {
	case *corev1.Pod:
		o.Pod = typed
	case *corev1.Service:
		o.Service = typed
	case *networkingv1.NetworkPolicy:
		o.NetworkPolicy = typed
	case *corev1.Namespace:
		o.NamespaceObject = typed
	case *corev1.ConfigMap:
		o.ConfigMap = typed
	case *corev1.LimitRange:
		o.LimitRange = typed
	default:
		o.setOwn(typed)
	}
}

// setOwn does the same for an object of one of Chaperone's kinds.
func (o *Object) setOwn(typed runtime.Object) {
	switch typed := typed.(type) {
	case *v1alpha1.ChatbotDeployment:
		o.Declaration = typed
	case *v1alpha1.JurisdictionProfile:
		o.Profile = typed
	case *v1alpha1.GovernancePolicy:
		o.Policy = typed
	case *v1alpha1.PolicyException:
		o.Exception = typed
	case *v1alpha1.ChatShape:
		o.Shape = typed
	}
}

// String names the object for people: `ChatbotDeployment shop/support`.
func (o Object) String() string {
	if o.Namespace == "" {
		return fmt.Sprintf("%s %s", o.Kind, o.Name)
	}
	return fmt.Sprintf("%s %s/%s", o.Kind, o.Namespace, o.Name)
}

// Problem is an error of the input.
type Problem struct {
	Origin Origin
	// Object is the kind, namespace and name of the object, such as `ChatbotDeployment shop/support`; "" when the object cannot be identified.
	Object string
	// Message says what is wrong, where and what to do.
	Message string
}

// Error returns the file, document, object and message on one line, joined by colons. It omits what is not known.
func (p *Problem) Error() string {
	var parts []string
	if p.Origin.File != "" {
		parts = append(parts, p.Origin.File)
	}
	if p.Origin.Document > 0 {
		parts = append(parts, fmt.Sprintf("document %d", p.Origin.Document))
	}
	if p.Object != "" {
		parts = append(parts, p.Object)
	}
	return strings.Join(append(parts, p.Message), ": ")
}

// template is the pod template of a workload, with the workload.
type template struct {
	workload    metav1.Object
	podTemplate *corev1.PodTemplateSpec
	// selector selects the workload's pods; nil if the kind has no such selector, or leaves it to the cluster.
	selector *metav1.LabelSelector
	// path is the JSON path of the pod template.
	path string
}

// newTemplates returns, by kind of workload, a function that returns the pod template of a workload of that kind.
func newTemplates() map[schema.GroupVersionKind]func(runtime.Object) template {
	return map[schema.GroupVersionKind]func(runtime.Object) template{
		corev1.SchemeGroupVersion.WithKind("PodTemplate"): func(o runtime.Object) template {
			w := o.(*corev1.PodTemplate)
			return template{w, &w.Template, nil, "template"}
		},
		appsv1.SchemeGroupVersion.WithKind("Deployment"): func(o runtime.Object) template {
			w := o.(*appsv1.Deployment)
			return template{w, &w.Spec.Template, w.Spec.Selector, "spec.template"}
		},
		appsv1.SchemeGroupVersion.WithKind("StatefulSet"): func(o runtime.Object) template {
			w := o.(*appsv1.StatefulSet)
			return template{w, &w.Spec.Template, w.Spec.Selector, "spec.template"}
		},
		appsv1.SchemeGroupVersion.WithKind("DaemonSet"): func(o runtime.Object) template {
			w := o.(*appsv1.DaemonSet)
			return template{w, &w.Spec.Template, w.Spec.Selector, "spec.template"}
		},
		appsv1.SchemeGroupVersion.WithKind("ReplicaSet"): func(o runtime.Object) template {
			w := o.(*appsv1.ReplicaSet)
			return template{w, &w.Spec.Template, w.Spec.Selector, "spec.template"}
		},
		corev1.SchemeGroupVersion.WithKind("ReplicationController"): func(o runtime.Object) template {
			w := o.(*corev1.ReplicationController)
			return template{w, cmp.Or(w.Spec.Template, &corev1.PodTemplateSpec{}), nil, "spec.template"} // Only this kind may have no template.
		},
		batchv1.SchemeGroupVersion.WithKind("Job"): func(o runtime.Object) template {
			w := o.(*batchv1.Job)
			return template{w, &w.Spec.Template, nil, "spec.template"}
		},
		batchv1.SchemeGroupVersion.WithKind("CronJob"): func(o runtime.Object) template {
			w := o.(*batchv1.CronJob)
			return template{w, &w.Spec.JobTemplate.Spec.Template, nil, "spec.jobTemplate.spec.template"}
		},
	}
}

// newPod makes a pod from a template, in the namespace of its workload, as the workload's controller would.
func (t template) newPod() *corev1.Pod {
	pod := &corev1.Pod{
		TypeMeta:   metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"},
		ObjectMeta: *t.podTemplate.ObjectMeta.DeepCopy(),
		Spec:       *t.podTemplate.Spec.DeepCopy(),
	}
	pod.Name = ""
	pod.GenerateName = t.workload.GetName() + "-"
	pod.Namespace = t.workload.GetNamespace()
	return pod
}
