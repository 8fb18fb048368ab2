package facts_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// governed is a pod with the sidecar and one app container, and its declaration.
func governed() facts.WorkloadInput {
	sidecar := facts.SidecarTemplate{
		Container: corev1.Container{
			Name: "chaperone", Ports: []corev1.ContainerPort{{Name: "http", ContainerPort: 23100}},
			Resources: corev1.ResourceRequirements{Requests: corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("50m")}},
		},
		Volumes:   []corev1.Volume{{Name: "chaperone-config"}},
		UserID:    10742,
		Ports:     map[string]int32{"http": 23100},
		EgressURL: "http://127.0.0.1:23081",
	}
	enough := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("1"), corev1.ResourceMemory: resource.MustParse("1Gi")}
	return facts.WorkloadInput{
		Pod: &corev1.Pod{
			ObjectMeta: metav1.ObjectMeta{
				Labels:      map[string]string{v1alpha1.LabelChatbot: "support", "app": "bot"},
				Annotations: map[string]string{v1alpha1.AnnotationConfigHash: "0", "other": "1"},
			},
			Spec: corev1.PodSpec{
				AutomountServiceAccountToken: ptr.To(false),
				SecurityContext:              &corev1.PodSecurityContext{RunAsNonRoot: ptr.To(true)},
				InitContainers:               []corev1.Container{sidecar.Container},
				Containers: []corev1.Container{{
					Name: "app", Image: "app@sha256:0",
					Ports: []corev1.ContainerPort{{Name: "chaperone-0", ContainerPort: 8080}, {ContainerPort: 9090}},
					Env: []corev1.EnvVar{
						{Name: "MODEL_URL", Value: "http://127.0.0.1:23081/vendor"}, {Name: "EMPTY"}, {Name: "LEVEL", Value: "info"},
					},
					Resources: corev1.ResourceRequirements{Requests: enough, Limits: enough},
				}},
				Volumes: sidecar.Volumes,
			},
		},
		Declaration: &v1alpha1.ChatbotDeployment{
			ObjectMeta: metav1.ObjectMeta{Name: "support"},
			Spec: v1alpha1.ChatbotDeploymentSpec{
				Selector:   metav1.LabelSelector{MatchLabels: map[string]string{"app": "bot"}},
				Ports:      []v1alpha1.ChatPort{{Name: "http"}},
				Processors: []v1alpha1.Processor{{Name: "vendor"}},
			},
		},
		Selected: true,
		Sidecar:  sidecar,
	}
}

func TestFactsOfAGovernedPod(t *testing.T) {
	want := facts.Workload{
		Declaration: &facts.Declaration{
			Name: "support", Ports: []facts.Port{{Name: "http", AppExposes: true, SidecarTookOver: true}},
			OtherPorts: []facts.OtherPort{{NumberField: facts.NumberField{Field: "spec.containers[0].ports[1].name", Number: 9090}}},
		},
		Pod: facts.Pod{
			Chatbot: "support", HasClaim: true, Selected: true,
			Labels: []string{v1alpha1.LabelChatbot}, Annotations: []string{v1alpha1.AnnotationConfigHash},
		},
		Sidecar: facts.Sidecar{
			Name: "chaperone", Present: true, UserID: 10742,
			Upstreams: []string{"http://127.0.0.1:23081/vendor/", "http://127.0.0.1:23081/vendor.https/"}, AppPorts: []string{"chaperone-0"},
		},
		Containers:      []facts.Container{{Field: "spec.containers[0]", Image: "app@sha256:0", RunAsNonRoot: ptr.To(true)}},
		NamesFromAuthor: []facts.NamedField{{Field: "spec.containers[0]", Name: "app"}},
		PortNames:       []string{"chaperone-0"},
		Ports: []facts.NumberField{
			{Field: "spec.containers[0].ports", Number: 8080}, {Field: "spec.containers[0].ports", Number: 9090},
		},
		LiteralVariables: []facts.NamedField{
			{Field: "spec.containers[0].env", Name: "MODEL_URL"}, {Field: "spec.containers[0].env", Name: "LEVEL"},
		},
		UnnamedPorts: []int32{9090},
		ModelURLs: []facts.ModelURL{
			{Field: "spec.containers[0].env[MODEL_URL].value", Value: "http://127.0.0.1:23081/vendor", Host: "127.0.0.1:23081"},
		},
	}
	if diff := cmp.Diff(want, facts.NewWorkload(governed())); diff != "" {
		t.Errorf("facts (-want +got):\n%s", diff)
	}
}

func TestFactsOfPlacement(t *testing.T) {
	in := governed()
	in.Pod.Spec.NodeSelector = map[string]string{corev1.LabelTopologyRegion: "r0"}
	expression := func(operator corev1.NodeSelectorOperator, values ...string) corev1.NodeSelectorRequirement {
		return corev1.NodeSelectorRequirement{Key: corev1.LabelTopologyRegion, Operator: operator, Values: values}
	}
	in.Pod.Spec.Affinity = &corev1.Affinity{NodeAffinity: &corev1.NodeAffinity{
		RequiredDuringSchedulingIgnoredDuringExecution: &corev1.NodeSelector{NodeSelectorTerms: []corev1.NodeSelectorTerm{
			{MatchExpressions: []corev1.NodeSelectorRequirement{
				expression(corev1.NodeSelectorOpIn, "r1", "r2"), expression(corev1.NodeSelectorOpNotIn, "r3"),
			}},
			{},
		}},
	}}
	got := facts.NewWorkload(in).Pod
	if diff := cmp.Diff([][][]string{{{"r1", "r2"}}, nil}, got.RegionTerms); diff != "" || got.NodeSelectorRegion != "r0" {
		t.Errorf("node selector %q, terms (-want +got):\n%s", got.NodeSelectorRegion, diff)
	}
}

func TestFactsOfASidecar(t *testing.T) {
	for name, test := range map[string]struct {
		change func(*corev1.Pod)
		want   []facts.Difference
	}{
		"as rendered": {change: func(*corev1.Pod) {}},
		"another image": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = "x" },
			want:   []facts.Difference{{Field: "spec.initContainers[0].image", Found: "x"}},
		},
		"no volume": {
			change: func(p *corev1.Pod) { p.Spec.Volumes = nil },
			want:   []facts.Difference{{Field: "spec.volumes", Required: "chaperone-config"}},
		},
		"another volume": {
			change: func(p *corev1.Pod) { p.Spec.Volumes = []corev1.Volume{hostPath()} },
			want:   []facts.Difference{{Field: "spec.volumes[0].hostPath", Found: map[string]any{"path": ""}}},
		},
		"no sidecar":      {change: func(p *corev1.Pod) { p.Spec.InitContainers = nil }},
		"defaulted lists": {change: func(p *corev1.Pod) { p.Spec.InitContainers[0].Env = []corev1.EnvVar{} }},
		"a quantity in other words": {change: func(p *corev1.Pod) {
			p.Spec.InitContainers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("0.05")}
		}},
		"another quantity": {change: func(p *corev1.Pod) {
			p.Spec.InitContainers[0].Resources.Requests = corev1.ResourceList{corev1.ResourceCPU: resource.MustParse("60m")}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			test.change(in.Pod)
			got := facts.NewWorkload(in).Sidecar
			if diff := cmp.Diff(test.want, got.Differences); diff != "" || got.Present != (len(in.Pod.Spec.InitContainers) > 0) {
				t.Errorf("present %t, differences (-want +got):\n%s", got.Present, diff)
			}
		})
	}
}

func hostPath() corev1.Volume {
	return corev1.Volume{Name: "chaperone-config", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{}}}
}

func TestMissingResources(t *testing.T) {
	quantity := func(names ...corev1.ResourceName) corev1.ResourceList {
		list := corev1.ResourceList{}
		for _, name := range names {
			list[name] = resource.MustParse("1")
		}
		return list
	}
	for name, test := range map[string]struct {
		container corev1.ResourceRequirements
		pod       *corev1.ResourceRequirements
		want      []string
	}{
		"none": {want: []string{"requests.cpu", "requests.memory", "limits.memory"}},
		"limits stand for requests": {
			container: corev1.ResourceRequirements{Limits: quantity(corev1.ResourceCPU, corev1.ResourceMemory)},
		},
		"no limit of the processor is needed": {container: corev1.ResourceRequirements{
			Requests: quantity(corev1.ResourceCPU, corev1.ResourceMemory), Limits: quantity(corev1.ResourceMemory),
		}},
		"requests are no limits": {
			container: corev1.ResourceRequirements{Requests: quantity(corev1.ResourceCPU, corev1.ResourceMemory)},
			want:      []string{"limits.memory"},
		},
		"the pod's count": {pod: &corev1.ResourceRequirements{Limits: quantity(corev1.ResourceCPU, corev1.ResourceMemory)}},
	} {
		t.Run(name, func(t *testing.T) {
			in := governed()
			in.Pod.Spec.Containers[0].Resources, in.Pod.Spec.Resources = test.container, test.pod
			var got []string
			for _, missing := range facts.NewWorkload(in).MissingResources {
				got = append(got, missing.Words...)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("missing (-want +got):\n%s", diff)
			}
		})
	}
}

func TestFactsOfModelURLs(t *testing.T) {
	in := governed()
	in.Pod.Spec.Containers[0].Env = []corev1.EnvVar{
		{Name: "OLLAMA_BASE_URLS", Value: "http://user:secret@a.shop.svc:11434;http://b.shop.svc/"},
		{Name: "ANTHROPIC_API_KEY", Value: "placeholder"},
		{Name: "BACKEND", Value: "https://api.openai.com/v1"}, {Name: "SHOP", Value: "https://shop.example/v1"},
		{Name: "DOCS_URL", Value: "https://api.openai.com/docs"}, {Name: "OTHER", Value: "https://API.Model.example:443/v1"},
	}
	in.Declaration.Spec.Processors[0].Host = "api.model.example"
	in.Pod.Spec.Containers[0].Args = []string{"serve", "--backend", "http://127.0.0.1:23081/vendor/v9"}
	in.Sidecar.ModelPaths = facts.ListModelPaths(in.Declaration.Spec.Processors, nil)
	want := []facts.ModelURL{
		{Field: "spec.containers[0].env[OLLAMA_BASE_URLS].value", Value: "http://user:secret@a.shop.svc:11434", Host: "a.shop.svc:11434"},
		{Field: "spec.containers[0].env[OLLAMA_BASE_URLS].value", Value: "http://b.shop.svc/", Host: "b.shop.svc"},
		{Field: "spec.containers[0].env[ANTHROPIC_BASE_URL].value", Host: "api.anthropic.com", Credential: "ANTHROPIC_API_KEY"},
		{Field: "spec.containers[0].env[BACKEND].value", Value: "https://api.openai.com/v1", Host: "api.openai.com"},
		{Field: "spec.containers[0].env[OTHER].value", Value: "https://API.Model.example:443/v1", Host: "api.model.example"},
		{
			Field: "spec.containers[0].args[2]", Value: "http://127.0.0.1:23081/vendor/v9", Host: "127.0.0.1:23081",
			Unserved: &facts.UnservedPath{Shape: "openai-chat", Paths: in.Sidecar.ModelPaths["vendor"].List()},
		},
	}
	if diff := cmp.Diff(want, facts.NewWorkload(in).ModelURLs); diff != "" {
		t.Errorf("model URLs (-want +got):\n%s", diff)
	}
}
