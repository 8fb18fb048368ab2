package facts_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

// TestEveryKindOfContainerIsRead: rules about containers hold for all of them, and only the sidecar is left out.
func TestEveryKindOfContainerIsRead(t *testing.T) {
	in := governed()
	in.Pod.Spec.InitContainers = append(in.Pod.Spec.InitContainers, corev1.Container{Name: "setup", Image: "setup@sha256:0"})
	for _, name := range []string{"old", "new"} {
		in.Pod.Spec.EphemeralContainers = append(in.Pod.Spec.EphemeralContainers, corev1.EphemeralContainer{
			EphemeralContainerCommon: corev1.EphemeralContainerCommon{Name: name, Image: name + "@sha256:0"},
		})
	}
	in.ExistingEphemeral = []string{"old"}
	in.Pod.Spec.Containers[0].Ports[0].HostPort = 80
	got := facts.NewWorkload(in)
	var fields []string
	for _, c := range got.Containers {
		fields = append(fields, c.Field+" "+c.Image)
	}
	slices.Sort(fields)
	want := []string{
		"spec.containers[0] app@sha256:0", "spec.ephemeralContainers[0] old@sha256:0", "spec.ephemeralContainers[1] new@sha256:0",
		"spec.initContainers[0] setup@sha256:0",
	}
	if diff := cmp.Diff(want, fields); diff != "" {
		t.Errorf("containers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]facts.NamedField{{Field: "spec.ephemeralContainers[1]", Name: "new"}}, got.Ephemeral); diff != "" {
		t.Errorf("ephemeral containers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]facts.NumberField{{Field: "spec.containers[0].ports[].hostPort", Number: 80}}, got.HostPorts); diff != "" {
		t.Errorf("host ports (-want +got):\n%s", diff)
	}
}

// TestIndexesAreThoseOfTheManifest: the user's manifest does not have the sidecar that injection puts in front, but it has any other.
func TestIndexesAreThoseOfTheManifest(t *testing.T) {
	setup := corev1.Container{Name: "setup"}
	for name, test := range map[string]struct {
		change func(*corev1.PodSpec)
		want   string
	}{
		"behind the injected sidecar": {func(s *corev1.PodSpec) { s.InitContainers = append(s.InitContainers, setup) }, "spec.initContainers[0]"},
		"behind a changed sidecar": {func(s *corev1.PodSpec) {
			s.InitContainers[0].Image = "other"
			s.InitContainers = append(s.InitContainers, setup)
		}, "spec.initContainers[1]"},
		"before the sidecar":  {func(s *corev1.PodSpec) { s.InitContainers = append([]corev1.Container{setup}, s.InitContainers...) }, "spec.initContainers[0]"},
		"without the sidecar": {func(s *corev1.PodSpec) { s.InitContainers = []corev1.Container{setup} }, "spec.initContainers[0]"},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			test.change(&in.Pod.Spec)
			got := facts.NewWorkload(in)
			if got.Containers[0].Field != test.want || got.MissingResources[0].Field != test.want+".resources" {
				t.Errorf("%s and %s, want %s", got.Containers[0].Field, got.MissingResources[0].Field, test.want)
			}
		})
	}
}

// TestContainersOverrideThePod: as Kubernetes combines the two security contexts.
func TestContainersOverrideThePod(t *testing.T) {
	windows := func(host bool) *corev1.WindowsSecurityContextOptions {
		return &corev1.WindowsSecurityContextOptions{HostProcess: ptr.To(host)}
	}
	for name, test := range map[string]struct {
		pod       *corev1.PodSecurityContext
		container *corev1.SecurityContext
		user      *int64
		host      bool
	}{
		"neither":            {},
		"the pod":            {pod: &corev1.PodSecurityContext{RunAsUser: ptr.To[int64](1), WindowsOptions: windows(true)}, user: ptr.To[int64](1), host: true},
		"the container":      {container: &corev1.SecurityContext{RunAsUser: ptr.To[int64](2), WindowsOptions: windows(true)}, user: ptr.To[int64](2), host: true},
		"the container wins": {pod: &corev1.PodSecurityContext{RunAsUser: ptr.To[int64](1), WindowsOptions: windows(true)}, container: &corev1.SecurityContext{RunAsUser: ptr.To[int64](0), WindowsOptions: windows(false)}, user: ptr.To[int64](0)},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			in.Pod.Spec.SecurityContext, in.Pod.Spec.Containers[0].SecurityContext = test.pod, test.container
			got := facts.NewWorkload(in)
			if diff := cmp.Diff(test.user, got.Containers[0].RunAsUser); diff != "" {
				t.Errorf("user (-want +got):\n%s", diff)
			}
			if host := len(got.HostProcess) > 0; host != test.host {
				t.Errorf("host process %t, want %t", host, test.host)
			}
		})
	}
}

// TestOnlyTheSidecarTakesAPort: a port counts as taken over under the number of the sidecar, and when no other container has its name.
func TestOnlyTheSidecarTakesAPort(t *testing.T) {
	if port := facts.NewWorkload(governed()).Declaration.Ports[0]; !port.SidecarTookOver {
		t.Error("the sidecar does not take the port over")
	}
	number := governed()
	number.Pod.Spec.InitContainers[0].Ports[0].ContainerPort++
	if facts.NewWorkload(number).Declaration.Ports[0].SidecarTookOver {
		t.Error("another number counts")
	}
	twice := governed()
	twice.Pod.Spec.Containers[0].Ports[0].Name = "http"
	if facts.NewWorkload(twice).Declaration.Ports[0].SidecarTookOver {
		t.Error("a name that another container has counts")
	}
}
