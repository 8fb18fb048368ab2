package facts_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

func TestServiceAccountTokens(t *testing.T) {
	const mount = "spec.automountServiceAccountToken"
	projected := corev1.Volume{Name: "token", VolumeSource: corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
		Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{}}},
	}}}
	for name, test := range map[string]struct {
		mount   *bool
		volumes []corev1.Volume
		asks    string
		want    []facts.NamedField
	}{
		"not mounted":             {mount: ptr.To(false)},
		"unset":                   {want: []facts.NamedField{{Field: mount, Name: "unset"}}},
		"mounted":                 {mount: ptr.To(true), want: []facts.NamedField{{Field: mount, Name: "true"}}},
		"projected":               {mount: ptr.To(false), volumes: []corev1.Volume{projected}, want: []facts.NamedField{{Field: "spec.volumes[0].projected", Name: "token"}}},
		"mounted, and asked for":  {mount: ptr.To(true), asks: "true"},
		"mounted, and asked away": {mount: ptr.To(true), asks: "false", want: []facts.NamedField{{Field: mount, Name: "true"}}},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			in.Pod.Spec.AutomountServiceAccountToken, in.Pod.Spec.Volumes = test.mount, test.volumes
			if test.asks != "" {
				in.Pod.Annotations[v1alpha1.AnnotationServiceAccountToken] = test.asks
			}
			if diff := cmp.Diff(test.want, facts.NewWorkload(in).Pod.ServiceAccountTokens); diff != "" {
				t.Errorf("tokens (-want +got):\n%s", diff)
			}
		})
	}
}

// A hostPath volume is read-only if no container of any kind can write to it.
func TestHostPathsThatContainersOnlyRead(t *testing.T) {
	readOnly := []corev1.VolumeMount{{Name: "zone", ReadOnly: true}, {Name: "other"}}
	writable := []corev1.VolumeMount{{Name: "zone", ReadOnly: true}, {Name: "zone"}}
	cases := map[string]struct {
		change func(*corev1.PodSpec)
		want   bool
	}{
		"nothing mounts it":     {func(*corev1.PodSpec) {}, true},
		"a container reads it":  {func(s *corev1.PodSpec) { s.Containers[0].VolumeMounts = readOnly }, true},
		"a container writes it": {func(s *corev1.PodSpec) { s.Containers[0].VolumeMounts = writable }, false},
		"an init container writes it": {func(s *corev1.PodSpec) {
			s.InitContainers = append(s.InitContainers, corev1.Container{Name: "init", VolumeMounts: writable})
		}, false},
		"an ephemeral container writes it": {func(s *corev1.PodSpec) {
			s.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{VolumeMounts: writable}}}
		}, false},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			in := governed()
			in.Pod.Spec.Volumes = append(in.Pod.Spec.Volumes, corev1.Volume{Name: "zone", VolumeSource: corev1.VolumeSource{
				HostPath: &corev1.HostPathVolumeSource{Path: "/etc/localtime"},
			}})
			c.change(&in.Pod.Spec)
			if got := facts.NewWorkload(in).Pod.HostPaths[0]; got.ReadOnly != c.want || got.Path != "/etc/localtime/" {
				t.Errorf("hostPath %+v, want read-only %t", got, c.want)
			}
		})
	}
}

func TestImagesOfVolumes(t *testing.T) {
	in := governed()
	first := len(in.Pod.Spec.Volumes)
	in.Pod.Spec.Volumes = append(in.Pod.Spec.Volumes, corev1.Volume{Name: "code", VolumeSource: corev1.VolumeSource{
		Image: &corev1.ImageVolumeSource{Reference: "registry.example/code:1"},
	}})
	want := []facts.NamedField{{Field: fmt.Sprintf("spec.volumes[%d].image.reference", first), Name: "registry.example/code:1"}}
	if diff := cmp.Diff(want, facts.NewWorkload(in).ImageVolumes); diff != "" {
		t.Errorf("images (-want +got):\n%s", diff)
	}
}
