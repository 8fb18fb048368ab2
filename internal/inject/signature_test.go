package inject_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
)

// newSigned returns a declaration of two ports with a secret and one without.
func newSigned(t *testing.T) *v1alpha1.ChatbotDeployment {
	t.Helper()
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	sign := func(name, key string) *v1alpha1.PortSignature {
		return &v1alpha1.PortSignature{SecretKeyRef: v1alpha1.SecretKey{Name: name, Key: key}}
	}
	declaration.Spec.Ports = []v1alpha1.ChatPort{
		{Name: "http", Shape: "slack", Signature: sign("slack", "signing-secret")}, {Name: "web", Shape: "openai-chat"},
		{Port: 9000, Shape: "whatsapp-cloud", Signature: sign("meta", "app.secret")},
	}
	return declaration
}

// TestSidecarGetsTheDeclaredKeysOnly: exactly the declared keys are files of the sidecar and of no other container. Nothing of them is in a
// variable or an argument.
func TestSidecarGetsTheDeclaredKeysOnly(t *testing.T) {
	declaration := newSigned(t)
	declaration.Spec.Consent = &v1alpha1.Consent{ReceiptKeyRef: &v1alpha1.SecretKey{Name: "consent", Key: "signing-secret-2"}}
	injected, err := inject.Sidecar(read[corev1.Pod](t, "plain.yaml"), declaration, template(declaration))
	if injected == nil {
		t.Fatal(err)
	}
	var volumes []corev1.VolumeSource
	for _, volume := range injected.Spec.Volumes {
		if volume.Name == "chaperone-signatures" {
			volumes = append(volumes, volume.VolumeSource)
		}
	}
	want := `[{"projected":{"sources":[{"secret":{"name":"slack","items":[{"key":"signing-secret","path":"http"}]}},` +
		`{"secret":{"name":"meta","items":[{"key":"app.secret","path":"port-9000"}]}},` +
		`{"secret":{"name":"consent","items":[{"key":"signing-secret-2","path":"consent.receipts"}]}}],"defaultMode":292}}]`
	if diff := cmp.Diff(want, string(encode(t, volumes))); diff != "" {
		t.Errorf("volumes (-want +got):\n%s", diff)
	}
	var mounts []string
	for _, containers := range [][]corev1.Container{injected.Spec.InitContainers, injected.Spec.Containers} {
		for _, c := range containers {
			for _, mount := range c.VolumeMounts {
				if mount.Name == "chaperone-signatures" {
					mounts = append(mounts, c.Name+" "+string(encode(t, mount)))
				}
			}
		}
	}
	if diff := cmp.Diff([]string{`chaperone {"name":"chaperone-signatures","readOnly":true,"mountPath":"/etc/chaperone-signatures"}`}, mounts); diff != "" {
		t.Errorf("mounts (-want +got):\n%s", diff)
	}
	sidecar := injected.Spec.InitContainers[0]
	if text := string(encode(t, []any{sidecar.Args, sidecar.Env, sidecar.EnvFrom})); strings.Contains(text, "signing-secret") || strings.Contains(text, "secretKeyRef") {
		t.Errorf("arguments and variables are %s", text)
	}
}

// TestSidecarWithoutASecret: a declaration without one adds no volume.
func TestSidecarWithoutASecret(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	if text, err := json.Marshal(template(declaration)); err != nil || strings.Contains(string(text), "chaperone-signatures") {
		t.Errorf("the template is %s, %v", text, err)
	}
}

// TestSecretsOfTheSidecarCannotBeExchanged: another Secret, key, path or mount than the declared ones is a difference, which the policy
// refuses.
func TestSecretsOfTheSidecarCannotBeExchanged(t *testing.T) {
	declaration := newSigned(t)
	volume := func(pod *corev1.Pod) *corev1.ProjectedVolumeSource {
		for i := range pod.Spec.Volumes {
			if pod.Spec.Volumes[i].Name == "chaperone-signatures" {
				return pod.Spec.Volumes[i].Projected
			}
		}
		t.Fatal("there is no volume")
		return nil
	}
	for name, tc := range map[string]struct {
		change func(pod *corev1.Pod)
		field  string
	}{
		"another Secret": {func(pod *corev1.Pod) { volume(pod).Sources[0].Secret.Name = "mine" }, "projected.sources"},
		"another key":    {func(pod *corev1.Pod) { volume(pod).Sources[0].Secret.Items[0].Key = "mine" }, "projected.sources"},
		"another file":   {func(pod *corev1.Pod) { volume(pod).Sources[0].Secret.Items[0].Path = "web" }, "projected.sources"},
		"a ConfigMap": {func(pod *corev1.Pod) {
			volume(pod).Sources[0] = corev1.VolumeProjection{ConfigMap: &corev1.ConfigMapProjection{}}
		}, "projected.sources"},
		"another volume over it": {func(pod *corev1.Pod) {
			sidecar := &pod.Spec.InitContainers[0]
			sidecar.VolumeMounts = append(sidecar.VolumeMounts, corev1.VolumeMount{Name: "mine", MountPath: "/etc/chaperone-signatures/http"})
		}, "volumeMounts"},
		"no mount": {func(pod *corev1.Pod) {
			sidecar := &pod.Spec.InitContainers[0]
			sidecar.VolumeMounts = sidecar.VolumeMounts[:2]
		}, "volumeMounts"},
	} {
		t.Run(name, func(t *testing.T) {
			pod, _ := inject.Sidecar(read[corev1.Pod](t, "plain.yaml"), declaration, template(declaration))
			required := template(declaration)
			required.Container = inject.Expected(pod, declaration, required)
			in := facts.WorkloadInput{Pod: pod, Declaration: declaration, Sidecar: required}
			if got := facts.NewSidecar(in).Differences; len(got) > 0 {
				t.Fatalf("before the change: %v", got)
			}
			tc.change(pod)
			got := facts.NewSidecar(in).Differences
			if len(got) != 1 || !strings.HasSuffix(got[0].Field, tc.field) {
				t.Errorf("differences are %v, want one in %s", got, tc.field)
			}
		})
	}
}
