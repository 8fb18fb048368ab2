package engine

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/engine/enginetest"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/policy"
)

func TestWorkloadOfAGovernedPodIsAllowed(t *testing.T) {
	engine := newEngine(t)
	v := engine.Workload(t.Context(), enginetest.NewWorkload(t, enginetest.NewMinimal(t)))
	want := policy.Verdict{
		Outcome: policy.OutcomeAllow, Compliant: true, Revision: engine.Revision(), AsOf: enginetest.AsOf, Findings: []policy.Finding{},
	}
	if diff := cmp.Diff(want, v); diff != "" {
		t.Errorf("verdict (-want +got):\n%s", diff)
	}
}

func TestWorkload(t *testing.T) {
	engine := newEngine(t)
	app := func(p *corev1.Pod) *corev1.Container { return &p.Spec.Containers[0] }
	for name, test := range map[string]struct {
		change func(*corev1.Pod)
		// unselected: the selector of the declaration does not match the pod.
		unselected bool
		want       string
		// onlyHygiene: all findings are of the group hygiene, which warns.
		onlyHygiene bool
	}{
		"no sidecar": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers = nil },
			want:   "workload.governed_port_taken_over spec.containers[].ports[].name, workload.sidecar_present spec.initContainers",
		},
		"a container before the sidecar": {
			change: func(p *corev1.Pod) {
				first := *app(p).DeepCopy()
				first.Name, first.Ports = "first", nil
				p.Spec.InitContainers = append([]corev1.Container{first}, p.Spec.InitContainers...)
			},
			want: "workload.sidecar_first spec.initContainers",
		},
		"another sidecar image": {
			change: func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = app(p).Image },
			want:   "workload.sidecar_unchanged spec.initContainers[0].image",
		},
		"another configuration": {
			change: func(p *corev1.Pod) {
				for i := range p.Spec.Volumes {
					if p.Spec.Volumes[i].ConfigMap != nil {
						p.Spec.Volumes[i].ConfigMap.Name = "mine"
					}
				}
			},
			want: "workload.sidecar_unchanged spec.volumes[1].configMap.name",
		},
		"a port that no container has": {
			change: func(p *corev1.Pod) { app(p).Ports = nil },
			want:   "workload.governed_port_named spec.containers[].ports[].name",
		},
		"a port that the app has too": {
			change: func(p *corev1.Pod) {
				app(p).Ports = append(app(p).Ports, corev1.ContainerPort{Name: "http", ContainerPort: 8081})
			},
			want: "workload.governed_port_taken_over spec.containers[].ports[].name",
		},
		"the namespaces of the host": {
			change: func(p *corev1.Pod) {
				p.Spec.HostNetwork, p.Spec.HostPID, p.Spec.HostIPC = true, true, true
				p.Spec.ShareProcessNamespace = ptr.To(true)
			},
			want: "workload.host_ipc spec.hostIPC, workload.host_network spec.hostNetwork, workload.host_pid spec.hostPID, " +
				"workload.share_process_namespace spec.shareProcessNamespace",
		},
		"a path and a port of the host": {
			change: func(p *corev1.Pod) {
				p.Spec.Volumes[0] = corev1.Volume{
					Name: "cache", VolumeSource: corev1.VolumeSource{HostPath: &corev1.HostPathVolumeSource{Path: "/"}},
				}
				app(p).Ports[0].HostPort = 80
			},
			want: "workload.host_port spec.containers[0].ports[].hostPort, workload.node_path spec.volumes[0].hostPath.path",
		},
		"a privileged container with capabilities": {
			change: func(p *corev1.Pod) {
				app(p).SecurityContext = &corev1.SecurityContext{
					Privileged:   ptr.To(true),
					Capabilities: &corev1.Capabilities{Add: []corev1.Capability{"NET_ADMIN"}},
				}
			},
			want: "workload.bypassing_capabilities spec.containers[0].securityContext.capabilities.add, " +
				"workload.privileged spec.containers[0].securityContext.privileged",
		},
		"a further network, and proc without masks": {
			change: func(p *corev1.Pod) {
				p.Annotations["k8s.v1.cni.cncf.io/networks"] = "storage"
				app(p).SecurityContext = &corev1.SecurityContext{ProcMount: ptr.To(corev1.UnmaskedProcMount)}
			},
			want: "workload.further_network metadata.annotations[k8s.v1.cni.cncf.io/networks], " +
				"workload.unmasked_proc spec.containers[0].securityContext.procMount",
		},
		"a process of the Windows host, by the pod": {
			change: func(p *corev1.Pod) {
				p.Spec.SecurityContext.WindowsOptions = &corev1.WindowsSecurityContextOptions{HostProcess: ptr.To(true)}
				p.Spec.Containers = p.Spec.Containers[:1]
			},
			want: "workload.host_process spec.containers[0].securityContext.windowsOptions.hostProcess",
		},
		"root, by a container that overrides the pod": {
			onlyHygiene: true,
			change: func(p *corev1.Pod) {
				app(p).SecurityContext = &corev1.SecurityContext{RunAsUser: ptr.To[int64](0)}
			},
			want: "workload.run_as_root spec.containers[0].securityContext.runAsNonRoot",
		},
		"no user is set": {
			onlyHygiene: true,
			change:      func(p *corev1.Pod) { p.Spec.SecurityContext = nil; p.Spec.Containers = p.Spec.Containers[:1] },
			want:        "workload.run_as_root spec.containers[0].securityContext.runAsNonRoot",
		},
		"the sidecar's user, by the pod": {
			change: func(p *corev1.Pod) {
				p.Spec.SecurityContext.RunAsUser = ptr.To[int64](10742)
				p.Spec.Containers = p.Spec.Containers[:1]
			},
			want: "workload.run_as_sidecar_user spec.containers[0].securityContext.runAsUser",
		},
		"an image by tag in every kind of container": {
			change: func(p *corev1.Pod) {
				app(p).Image = "registry.example/app:1"
				other := *app(p).DeepCopy()
				other.Name, other.Ports = "init", nil
				p.Spec.InitContainers = append(p.Spec.InitContainers, other)
				p.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
					Name: "debug", Image: "registry.example/debug:1",
				}}}
			},
			want: "workload.ephemeral_container spec.ephemeralContainers[0], " +
				"workload.image_by_digest spec.containers[0].image, workload.image_by_digest spec.ephemeralContainers[0].image, " +
				"workload.image_by_digest spec.initContainers[0].image",
		},
		"a model around the sidecar": {
			change: func(p *corev1.Pod) {
				app(p).Env[0].Value = "https://other.example/v1"
			},
			want: "workload.model_base_url spec.containers[0].env[OPENAI_BASE_URL].value",
		},
		"a model URL from elsewhere": {
			change: func(p *corev1.Pod) {
				app(p).Env[0] = corev1.EnvVar{Name: "OPENAI_BASE_URL", ValueFrom: &corev1.EnvVarSource{
					ConfigMapKeyRef: &corev1.ConfigMapKeySelector{Key: "url"},
				}}
			},
			want: "workload.model_base_url spec.containers[0].env[OPENAI_BASE_URL].value",
		},
		"a literal credential": {
			onlyHygiene: true,
			change:      func(p *corev1.Pod) { app(p).Env[3] = corev1.EnvVar{Name: "OPENAI_API_KEY", Value: "sk-1234"} },
			want:        "workload.literal_credentials spec.containers[0].env",
		},
		"no memory limit": {
			onlyHygiene: true,
			change:      func(p *corev1.Pod) { delete(app(p).Resources.Limits, corev1.ResourceMemory) },
			want:        "workload.resources_set spec.containers[0].resources",
		},
		"a token by default": {
			onlyHygiene: true,
			change:      func(p *corev1.Pod) { p.Spec.AutomountServiceAccountToken = nil },
			want:        "workload.service_account_token spec.automountServiceAccountToken",
		},
		"a token that the pod asks for": {
			change: func(p *corev1.Pod) {
				p.Spec.AutomountServiceAccountToken = ptr.To(true)
				p.Annotations[v1alpha1.AnnotationServiceAccountToken] = "true"
			},
		},
		"a projected token": {
			onlyHygiene: true,
			change: func(p *corev1.Pod) {
				p.Spec.Volumes[0].VolumeSource = corev1.VolumeSource{Projected: &corev1.ProjectedVolumeSource{
					Sources: []corev1.VolumeProjection{{ServiceAccountToken: &corev1.ServiceAccountTokenProjection{Path: "t"}}},
				}}
			},
			want: "workload.service_account_token spec.volumes[0].projected",
		},
		"another label": {
			change: func(p *corev1.Pod) { p.Labels[v1alpha1.LabelChatbot] = "sales" },
			want:   "workload.label_and_declaration metadata.labels[chaperone.dev/chatbot]",
		},
		"labels that the selector does not match": {
			unselected: true,
			want:       "workload.label_and_declaration metadata.labels",
		},
		"a reserved volume, mounted": {
			change: func(p *corev1.Pod) {
				p.Spec.Volumes = append(p.Spec.Volumes, corev1.Volume{Name: "chaperone-mine"})
				app(p).VolumeMounts = append(app(p).VolumeMounts, corev1.VolumeMount{Name: "chaperone-config", MountPath: "/x"})
			},
			want: "workload.reserved_names spec.containers[0].volumeMounts, workload.reserved_names spec.volumes",
		},
		"a port that is not declared": {
			change: func(p *corev1.Pod) {
				app(p).Ports = append(app(p).Ports, corev1.ContainerPort{Name: "metrics", ContainerPort: 9090})
			},
			want: "workload.closed_port spec.containers[0].ports[1].name", onlyHygiene: true,
		},
		"a reserved port": {
			change: func(p *corev1.Pod) { app(p).Ports[0].ContainerPort = 23100 },
			want:   "workload.reserved_names spec.containers[0].ports",
		},
		"a misspelt annotation": {
			change: func(p *corev1.Pod) { p.Annotations["chaperone.dev/skip"] = "true" },
			want:   "workload.unknown_annotation metadata.annotations",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := enginetest.NewWorkload(t, enginetest.NewMinimal(t))
			if in.Selected = !test.unselected; test.change != nil {
				test.change(in.Pod)
			}
			v := engine.Workload(t.Context(), in)
			if diff := cmp.Diff(test.want, listPlaces(v)); diff != "" {
				t.Errorf("findings (-want +got):\n%s\nreason: %s", diff, v.Reason)
			}
			refused := test.want != "" && !test.onlyHygiene
			if v.Refuses() != refused || v.Compliant == refused {
				t.Errorf("outcome %s, compliant %t", v.Outcome, v.Compliant)
			}
			if text := fmt.Sprint(v.Findings); strings.Contains(text, "sk-1234") {
				t.Errorf("a credential is in the findings: %s", text)
			}
		})
	}
}

func TestEphemeralContainers(t *testing.T) {
	engine := newEngine(t)
	for name, test := range map[string]struct {
		change func(*facts.WorkloadInput)
		want   string
	}{
		"a new one":                         {change: func(*facts.WorkloadInput) {}, want: "workload.ephemeral_container spec.ephemeralContainers[0]"},
		"one that is there already":         {change: func(in *facts.WorkloadInput) { in.ExistingEphemeral = []string{"debug"} }},
		"a new one besides an existing one": {change: func(in *facts.WorkloadInput) { in.ExistingEphemeral = []string{"other"} }, want: "workload.ephemeral_container spec.ephemeralContainers[0]"},
		"by break-glass":                    {change: func(in *facts.WorkloadInput) { in.BreakGlass = true }},
	} {
		t.Run(name, func(t *testing.T) {
			in := enginetest.NewWorkload(t, enginetest.NewMinimal(t))
			in.Pod.Spec.EphemeralContainers = []corev1.EphemeralContainer{{EphemeralContainerCommon: corev1.EphemeralContainerCommon{
				Name: "debug", Image: in.Pod.Spec.Containers[0].Image,
			}}}
			test.change(&in)
			if diff := cmp.Diff(test.want, listPlaces(engine.Workload(t.Context(), in))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// listPlaces lists the rules and fields of the findings.
func listPlaces(v policy.Verdict) string {
	var all []string
	for _, f := range v.Findings {
		all = append(all, f.Rule+" "+f.Field)
	}
	return strings.Join(all, ", ")
}

func TestWorkloadStaysInItsRegions(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Residency.Regions = []v1alpha1.RegionName{"eu-central-1"}
	in := enginetest.NewWorkload(t, declaration)
	if v := engine.Workload(t.Context(), in); v.Outcome != policy.OutcomeAllow {
		t.Errorf("an injected pod has outcome %s: %s", v.Outcome, listPlaces(v))
	}
	terms := &in.Pod.Spec.Affinity.NodeAffinity.RequiredDuringSchedulingIgnoredDuringExecution.NodeSelectorTerms
	*terms = append(*terms, corev1.NodeSelectorTerm{})
	want := "workload.region_affinity spec.affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution"
	if got := listPlaces(engine.Workload(t.Context(), in)); got != want {
		t.Errorf("a term without a region: %q, want %q", got, want)
	}
}

func TestWorkloadWithoutDeclaration(t *testing.T) {
	engine := newEngine(t)
	in := enginetest.NewWorkload(t, enginetest.NewMinimal(t))
	in.Declaration, in.Selected, in.Verdict = nil, false, policy.Verdict{}
	v := engine.Workload(t.Context(), in)
	if v.Outcome != policy.OutcomeDeny || !strings.Contains(listPlaces(v), "workload.label_and_declaration") {
		t.Errorf("outcome %s: %s", v.Outcome, listPlaces(v))
	}
}

func TestWorkloadIsWeakenedLikeItsDeclaration(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Enforcement = v1alpha1.EnforcementWarn
	in := enginetest.NewWorkload(t, declaration)
	in.Pod.Spec.HostPID = true
	v := engine.Workload(t.Context(), in)
	if v.Outcome != policy.OutcomeWarn || v.Compliant {
		t.Errorf("outcome %s, compliant %t", v.Outcome, v.Compliant)
	}
}

func TestWorkloadOfARefusedDeclaration(t *testing.T) {
	engine := newEngine(t)
	declaration := enginetest.NewMinimal(t)
	declaration.Spec.Accountability.Deployer = nil
	denied := engine.Declaration(t.Context(), facts.DeclarationInput{Declaration: declaration, AsOf: enginetest.AsOf})
	for name, test := range map[string]struct {
		verdict policy.Verdict
		want    policy.Outcome
		rule    string
	}{
		"denied: denied with its findings": {verdict: denied, want: policy.OutcomeDeny, rule: "accountability.named"},
		"undecided: undecided":             {verdict: policy.NewUndecided("r", enginetest.AsOf, "no policy"), want: policy.OutcomeUndecided},
		"no verdict: undecided":            {want: policy.OutcomeUndecided},
	} {
		t.Run(name, func(t *testing.T) {
			in := enginetest.NewWorkload(t, declaration)
			in.Verdict = test.verdict
			v := engine.Workload(t.Context(), in)
			if v.Outcome != test.want || v.Compliant || !strings.Contains(listPlaces(v), test.rule) {
				t.Errorf("outcome %s, compliant %t: %s", v.Outcome, v.Compliant, listPlaces(v))
			}
			if v.Outcome == policy.OutcomeUndecided && v.Reason == "" {
				t.Error("no reason is given")
			}
		})
	}
}

func TestWorkloadUndecided(t *testing.T) {
	v := newEngine(t).Workload(t.Context(), facts.WorkloadInput{Declaration: enginetest.NewMinimal(t)})
	if v.Outcome != policy.OutcomeUndecided || !strings.Contains(v.Reason, "no pod given") {
		t.Errorf("outcome %s, reason %q", v.Outcome, v.Reason)
	}
}
