package controllers

import (
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
)

// The cache holds all pods, ReplicaSets and Services of the cluster. What anybody writes there that nobody reads costs no memory.
func TestCachedObjectsOfOthers(t *testing.T) {
	begin := metav1.Unix(1_700_000_000, 0)
	labels := func() map[string]string { return map[string]string{"app": "bot"} }
	owners := []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: "bot-1", UID: "3"}}
	full := metav1.ObjectMeta{
		Namespace: "shop", Name: "bot", GenerateName: "bo", UID: "1", ResourceVersion: "2", Generation: 3, CreationTimestamp: begin, DeletionTimestamp: &begin,
		DeletionGracePeriodSeconds: ptr.To[int64](30), Labels: labels(), OwnerReferences: owners, Finalizers: []string{"shop.example/x"},
		Annotations: map[string]string{"a": "long", v1alpha1.AnnotationConfigHash: "h", corev1.MirrorPodAnnotationKey: "m"},
	}
	identity := metav1.ObjectMeta{Namespace: "shop", Name: "bot", UID: "1", ResourceVersion: "2"}
	pod, labelled := identity, identity
	pod.CreationTimestamp, pod.DeletionTimestamp, pod.DeletionGracePeriodSeconds = begin, &begin, ptr.To[int64](30)
	pod.Labels, pod.OwnerReferences = labels(), owners
	pod.Annotations = map[string]string{v1alpha1.AnnotationConfigHash: "h", corev1.MirrorPodAnnotationKey: "m"}
	labelled.Labels = labels()
	named := corev1.ServicePort{Name: "http", AppProtocol: ptr.To("h2c"), Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("chat"), NodePort: 30_000}
	refused := appsv1.ReplicaSetCondition{Type: appsv1.ReplicaSetReplicaFailure, Status: corev1.ConditionTrue, Message: "chaperone"}
	for name, c := range map[string]struct {
		shrink     func(any) (any, error)
		full, want any
	}{
		"pod": {shrinkPodMetadata, &metav1.PartialObjectMetadata{ObjectMeta: full}, &metav1.PartialObjectMetadata{ObjectMeta: pod}},
		"pod without annotations": {
			shrinkPodMetadata, &metav1.PartialObjectMetadata{ObjectMeta: identity}, &metav1.PartialObjectMetadata{ObjectMeta: identity},
		},
		"replica set": {
			shrinkReplicaSet, &appsv1.ReplicaSet{
				ObjectMeta: full,
				Spec: appsv1.ReplicaSetSpec{
					Replicas: ptr.To[int32](2), Selector: &metav1.LabelSelector{MatchLabels: labels()},
					Template: corev1.PodTemplateSpec{ObjectMeta: full, Spec: corev1.PodSpec{NodeName: "n"}},
				},
				Status: appsv1.ReplicaSetStatus{
					Replicas: 1, ReadyReplicas: 1, Conditions: []appsv1.ReplicaSetCondition{{Type: "Other", Message: "long"}, refused},
				},
			}, &appsv1.ReplicaSet{
				ObjectMeta: labelled,
				Spec:       appsv1.ReplicaSetSpec{Replicas: ptr.To[int32](2), Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels()}}},
				Status:     appsv1.ReplicaSetStatus{Replicas: 1, Conditions: []appsv1.ReplicaSetCondition{refused}},
			},
		},
		"service": {
			shrinkService, &corev1.Service{ObjectMeta: full, Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeNodePort, Selector: labels(), ExternalIPs: []string{"10.0.0.1"}, Ports: []corev1.ServicePort{named},
				ClusterIP: corev1.ClusterIPNone, LoadBalancerSourceRanges: []string{"10.0.0.0/8"},
			}}, &corev1.Service{ObjectMeta: identity, Spec: corev1.ServiceSpec{
				Type: corev1.ServiceTypeNodePort, Selector: labels(), ExternalIPs: []string{"10.0.0.1"}, ClusterIP: corev1.ClusterIPNone,
				Ports: []corev1.ServicePort{{Protocol: corev1.ProtocolTCP, Port: 80, TargetPort: intstr.FromString("chat")}},
			}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := c.shrink(c.full)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("in the cache (-want +got):\n%s", diff)
			}
			if _, err := c.shrink(&metav1.Status{}); err == nil {
				t.Error("another type: no error")
			}
		})
	}
}

// Nearly all ReplicaSets give their pods the labels that they have themselves.
func TestCachedReplicaSetsHaveEqualLabelsOnce(t *testing.T) {
	labels := func() map[string]string { return map[string]string{"app": "bot"} }
	full := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Labels: labels()},
		Spec:       appsv1.ReplicaSetSpec{Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels()}}},
	}
	got, err := shrinkReplicaSet(full)
	if err != nil {
		t.Fatal(err)
	}
	small := got.(*appsv1.ReplicaSet)
	if reflect.ValueOf(small.Labels).Pointer() != reflect.ValueOf(small.Spec.Template.Labels).Pointer() {
		t.Error("the labels are in memory twice")
	}
}
