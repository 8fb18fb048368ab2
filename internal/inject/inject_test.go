package inject_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/test/golden"
)

const image = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

func read[T any](t testing.TB, file string) *T {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	object := new(T)
	if err := yaml.UnmarshalStrict(data, object); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return object
}

func encode(t testing.TB, object any) []byte {
	t.Helper()
	data, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func template(declaration *v1alpha1.ChatbotDeployment) facts.SidecarTemplate {
	return inject.Template(declaration, image, "0123456789abcdef")
}

// TestSidecarGolden compares each injected pod with its golden file, and shows that a second run changes nothing.
func TestSidecarGolden(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	cases := map[string]error{
		"plain":           nil,
		"everything":      nil,
		"asks-for-token":  nil,
		"other-claim":     nil,
		"unknown-port":    &inject.UnknownPortError{},
		"shared-port":     &inject.SharedPortError{},
		"foreign-sidecar": &inject.ForeignSidecarError{},
	}
	for name, want := range cases {
		t.Run(name, func(t *testing.T) {
			pod := read[corev1.Pod](t, name+".yaml")
			before := encode(t, pod)
			injected, err := inject.Sidecar(pod, declaration, template(declaration))
			if (want == nil) != (err == nil) {
				t.Fatalf("error %v, want %T", err, want)
			}
			if diff := cmp.Diff(string(before), string(encode(t, pod))); diff != "" {
				t.Errorf("the pod that was passed in changed (-before +after):\n%s", diff)
			}
			golden.Compare(t, filepath.Join("testdata", name+".golden"), injected)
			again, secondErr := inject.Sidecar(injected, declaration, template(declaration))
			if diff := cmp.Diff(string(encode(t, injected)), string(encode(t, again))); diff != "" {
				t.Errorf("a second run changes the pod (-first +second):\n%s", diff)
			}
			if diff := cmp.Diff(text(err), text(secondErr)); diff != "" {
				t.Errorf("a second run has another error (-first +second):\n%s", diff)
			}
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestErrorsNameWhatIsWrong(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	_, err := inject.Sidecar(read[corev1.Pod](t, "unknown-port.yaml"), declaration, template(declaration))
	var unknown *inject.UnknownPortError
	if !errors.As(err, &unknown) {
		t.Fatalf("error %v, want an UnknownPortError", err)
	}
	if diff := cmp.Diff(&inject.UnknownPortError{Declaration: "shop/support", Port: "http"}, unknown); diff != "" {
		t.Errorf("unknown port (-want +got):\n%s", diff)
	}
	_, err = inject.Sidecar(read[corev1.Pod](t, "shared-port.yaml"), declaration, template(declaration))
	want := `port "http" of ChatbotDeployment "shop/support" is in several containers (app, proxy): only one may have it`
	if diff := cmp.Diff(want, text(err)); diff != "" {
		t.Errorf("shared port (-want +got):\n%s", diff)
	}
	_, err = inject.Sidecar(read[corev1.Pod](t, "foreign-sidecar.yaml"), declaration, template(declaration))
	want = `pod "support" has a container named "chaperone" that is not the governance sidecar (spec.initContainers[0].args): rename it`
	if diff := cmp.Diff(want, text(err)); diff != "" {
		t.Errorf("foreign sidecar (-want +got):\n%s", diff)
	}
}

func TestForeignSidecarIsFoundEverywhere(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	fake := corev1.Container{Name: contract.Sidecar, Image: "evil.example/nop"}
	cases := map[string]func(*corev1.PodSpec){
		"as a container":           func(s *corev1.PodSpec) { s.Containers = append(s.Containers, fake) },
		"as an init container":     func(s *corev1.PodSpec) { s.InitContainers = append(s.InitContainers, fake) },
		"besides the real one":     func(s *corev1.PodSpec) { s.InitContainers = append(s.InitContainers, s.InitContainers[0]) },
		"the real one, image away": func(s *corev1.PodSpec) { s.InitContainers[0].Image = "evil.example/nop" },
		"the real one, arguments":  func(s *corev1.PodSpec) { s.InitContainers[0].Args[3] = "http=9999" },
		"as an ephemeral container": func(s *corev1.PodSpec) {
			s.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon(fake)}}
		},
	}
	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			pod, err := inject.Sidecar(read[corev1.Pod](t, "plain.yaml"), declaration, template(declaration))
			if err != nil {
				t.Fatal(err)
			}
			change(&pod.Spec)
			got, err := inject.Sidecar(pod, declaration, template(declaration))
			var foreign *inject.ForeignSidecarError
			if !errors.As(err, &foreign) {
				t.Errorf("error %v, want a ForeignSidecarError", err)
			}
			if diff := cmp.Diff(string(encode(t, pod)), string(encode(t, got))); diff != "" {
				t.Errorf("the pod was touched (-before +after):\n%s", diff)
			}
		})
	}
}

func TestSidecarReturnsToTheFront(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	injected, err := inject.Sidecar(read[corev1.Pod](t, "everything.yaml"), declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	moved := injected.DeepCopy()
	moved.Spec.InitContainers[0], moved.Spec.InitContainers[1] = moved.Spec.InitContainers[1], moved.Spec.InitContainers[0]
	got, err := inject.Sidecar(moved, declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(encode(t, injected)), string(encode(t, got))); diff != "" {
		t.Errorf("pod (-want +got):\n%s", diff)
	}
}

// TestSidecarKeepsWhatOthersAdded injects again after another injector has changed the sidecar and has put its own container in front.
func TestSidecarKeepsWhatOthersAdded(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	injected, err := inject.Sidecar(read[corev1.Pod](t, "plain.yaml"), declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	sidecar := &injected.Spec.InitContainers[0]
	sidecar.ImagePullPolicy = corev1.PullAlways
	sidecar.Env = append(sidecar.Env, corev1.EnvVar{Name: "AWS_ROLE_ARN", Value: "arn"})
	want := sidecar.DeepCopy()
	injected.Spec.InitContainers = append([]corev1.Container{{Name: "proxy"}}, injected.Spec.InitContainers...)
	got, err := inject.Sidecar(injected, declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]corev1.Container{*want, {Name: "proxy"}}, got.Spec.InitContainers); diff != "" {
		t.Errorf("init containers (-want +got):\n%s", diff)
	}
}

// TestExpected holds the rule that the validating webhook relies on: what is expected of a pod is the same before and after
// injection, and it is what injection puts in.
func TestExpected(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	pod := read[corev1.Pod](t, "everything.yaml")
	before := inject.Expected(pod, declaration, template(declaration))
	injected, err := inject.Sidecar(pod, declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(before, injected.Spec.InitContainers[0]); diff != "" {
		t.Errorf("container (-expected +injected):\n%s", diff)
	}
	if diff := cmp.Diff(before, inject.Expected(injected, declaration, template(declaration))); diff != "" {
		t.Errorf("expected (-before +after):\n%s", diff)
	}
	want := []string{"--config", "/etc/chaperone/config.json", "--chatbot", "shop/support", "--upstream", "http=8080", "--upstream", "chat=9000"}
	if diff := cmp.Diff(want, before.Args); diff != "" {
		t.Errorf("arguments (-want +got):\n%s", diff)
	}
}

// TestTrust holds which keys the sidecar of a pod may trust. A pod keeps those with which it was created.
func TestTrust(t *testing.T) {
	keys := facts.SidecarKeys{New: []string{"young"}, Accepted: []string{"young", "old"}}
	tests := map[string]struct {
		own  string
		keys *facts.SidecarKeys
		want string
	}{
		"a pod without a sidecar: the new keys":                 {"", &keys, "young"},
		"a pod of before the rotation: its own key":             {"old", &keys, "old"},
		"a pod of the time of the rotation: both":               {"young,old", &keys, "young,old"},
		"an unknown key: the new ones":                          {"lost", &keys, "young"},
		"an unknown key among them: the new ones":               {"old,lost", &keys, "young"},
		"no key in the list: the new ones":                      {"old,", &keys, "young"},
		"keys are not known, as outside of a cluster: as it is": {"lost", nil, "lost"},
		"keys are not known, and the pod has no sidecar: none":  {"", nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
			pod := read[corev1.Pod](t, "plain.yaml")
			if tc.own != "" {
				var err error
				pod, err = inject.Sidecar(pod, declaration, inject.WithKeys(template(declaration), facts.SidecarKeys{New: []string{tc.own}}))
				if err != nil {
					t.Fatal(err)
				}
			}
			wanted := template(declaration)
			if tc.keys != nil {
				wanted = inject.WithKeys(wanted, *tc.keys)
			}
			expected := inject.Expected(pod, declaration, wanted)
			stored := &corev1.Pod{Spec: corev1.PodSpec{InitContainers: []corev1.Container{expected}}}
			if got := inject.FindTrust(stored); got != tc.want {
				t.Errorf("keys %q, want %q", got, tc.want)
			}
			// The webhook that validates sees what the one that injects has made.
			injected, err := inject.Sidecar(pod, declaration, wanted)
			isKept := tc.want == tc.own || tc.own == ""
			if (err == nil) != isKept {
				t.Fatalf("injection: %v", err)
			}
			if got := inject.FindTrust(injected); isKept && got != tc.want {
				t.Errorf("injected keys %q, want %q", got, tc.want)
			}
		})
	}
}

// FuzzSidecar feeds pods of any shape: injection neither panics nor changes its own result, and errors stay the same.
func FuzzSidecar(f *testing.F) {
	files, err := filepath.Glob("testdata/*.yaml")
	if err != nil || len(files) == 0 {
		f.Fatalf("no seeds: %v", err)
	}
	for _, file := range files {
		if filepath.Base(file) == "declaration.yaml" {
			continue
		}
		f.Add(encode(f, read[corev1.Pod](f, filepath.Base(file))))
	}
	declaration := read[v1alpha1.ChatbotDeployment](f, "declaration.yaml")
	f.Fuzz(func(t *testing.T, raw []byte) {
		pod := &corev1.Pod{}
		if json.Unmarshal(raw, pod) != nil {
			return
		}
		first, firstErr := inject.Sidecar(pod, declaration, template(declaration))
		second, secondErr := inject.Sidecar(first, declaration, template(declaration))
		if diff := cmp.Diff(string(encode(t, first)), string(encode(t, second))); diff != "" {
			t.Errorf("a second run changes the pod (-first +second):\n%s", diff)
		}
		if text(firstErr) != text(secondErr) {
			t.Errorf("first error %q, second %q", text(firstErr), text(secondErr))
		}
	})
}

// The scheme of the app's own URL is that with which the sidecar calls the model: no declaration says it.
func TestModelURLKeepsItsScheme(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	declaration.Spec.Processors = []v1alpha1.Processor{
		{Name: "near", Host: "model.newcomer:8000"}, {Name: "pod", Host: "127.0.0.1:11434"}, {Name: "secure", Host: "model.shop.svc:8443"},
		{Name: "vendor", Host: "api.model.example"}, {Name: "odd", Host: "odd.example:443"},
	}
	for value, want := range map[string]string{
		"http://model.newcomer:8000/v1":  "/near.http/v1",
		"http://127.0.0.1:11434/v1":      "/pod/v1",
		"https://model.shop.svc:8443/v1": "/secure.https/v1",
		"http://model.shop.svc:8443/v1":  "/secure/v1",
		"https://api.model.example/v1":   "/vendor/v1",
		"http://api.model.example:80/v1": "/vendor.http/v1",
		"https://odd.example/v1":         "/odd/v1",
		"http://odd.example/v1":          "", // The declared port is another one.
	} {
		pod := read[corev1.Pod](t, "plain.yaml")
		pod.Spec.Containers[0].Env = []corev1.EnvVar{{Name: "OPENAI_BASE_URL", Value: value}}
		injected, err := inject.Sidecar(pod, declaration, template(declaration))
		if err != nil {
			t.Fatal(err)
		}
		if want == "" {
			want = value
		} else {
			want = "http://" + contract.SidecarEgressAddress + want
		}
		if got := injected.Spec.Containers[0].Env[0].Value; got != want {
			t.Errorf("%s becomes %s, want %s", value, got, want)
		}
	}
}

// A URL with the host of a declared processor leads to the sidecar wherever it is written, and links do not.
func TestURLsInAnyTextLeadToTheSidecar(t *testing.T) {
	declaration := read[v1alpha1.ChatbotDeployment](t, "declaration.yaml")
	declaration.Spec.Processors = []v1alpha1.Processor{{Name: "vendor", Host: "api.model.example"}}
	pod := read[corev1.Pod](t, "plain.yaml")
	app := &pod.Spec.Containers[0]
	app.Env = []corev1.EnvVar{
		{Name: "ANSWERS", Value: "https://api.model.example/v1"}, {Name: "ROUTES", Value: `[{"url":"https://api.model.example/v1"},{"url":"https://shop.example"}]`},
		{Name: "DOCS_URL", Value: "https://api.model.example/v1"}, {Name: "REALTIME", Value: "wss://api.model.example/v1"},
		{Name: "OPENAI_API_KEY", Value: "x"}, {Name: "OPENAI_BASE_URL"},
	}
	app.Args = []string{"--answers=https://api.model.example/v1", "--docs", "https://api.model.example/docs"}
	injected, err := inject.Sidecar(pod, declaration, template(declaration))
	if err != nil {
		t.Fatal(err)
	}
	app = &injected.Spec.Containers[0]
	got := slices.Clone(app.Args)
	for _, v := range app.Env {
		got = append(got, v.Name+"="+v.Value)
	}
	at := "http://" + contract.SidecarEgressAddress + "/vendor/v1"
	want := []string{
		"--answers=" + at, "--docs", "https://api.model.example/docs",
		"ANSWERS=" + at, `ROUTES=[{"url":"` + at + `"},{"url":"https://shop.example"}]`,
		"DOCS_URL=https://api.model.example/v1", "REALTIME=wss://api.model.example/v1", "OPENAI_API_KEY=x", "OPENAI_BASE_URL=",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("texts (-want +got):\n%s", diff)
	}
	declaration.Spec.Processors[0].Host = "api.openai.com"
	injected, err = inject.Sidecar(pod, declaration, template(declaration))
	if env := injected.Spec.Containers[0].Env; err != nil || len(env) != 6 || env[5].Value != at {
		t.Errorf("the empty variable of the default host: %v, %v", env, err)
	}
}
