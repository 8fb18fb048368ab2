package podtemplate_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/podtemplate"
)

func builtIn(t *testing.T) podtemplate.Table {
	t.Helper()
	table, err := podtemplate.BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	return table
}

const pod = "{metadata: {labels: {app: bot}}, spec: {containers: [{name: bot, image: IMAGE}]}}"

// The objects have the form of the kind's own definition, as far as pod templates go.
func TestTemplatesOfKinds(t *testing.T) {
	for kind, c := range map[string]struct {
		spec string
		want []string
	}{
		"Deployment.apps":                    {"{template: POD}", []string{"spec.template app=bot"}},
		"CronJob.batch":                      {"{jobTemplate: {spec: {template: POD}}}", []string{"spec.jobTemplate.spec.template app=bot"}},
		"Rollout.argoproj.io":                {"{template: POD}", []string{"spec.template app=bot"}},
		"CloneSet.apps.kruise.io":            {"{template: POD}", []string{"spec.template app=bot"}},
		"AdvancedCronJob.apps.kruise.io":     {"{template: {broadcastJobTemplate: {spec: {template: POD}}}}", []string{"spec.template.broadcastJobTemplate.spec.template app=bot"}},
		"UnitedDeployment.apps.kruise.io":    {"{template: {cloneSetTemplate: {spec: {template: POD}}}}", []string{"spec.template.cloneSetTemplate.spec.template app=bot"}},
		"DeploymentConfig.apps.openshift.io": {"{template: POD}", []string{"spec.template app=bot"}},
		"Sandbox.agents.x-k8s.io":            {"{podTemplate: POD}", []string{"spec.podTemplate app=bot"}},
		"ScaledJob.keda.sh":                  {"{jobTargetRef: {template: POD}}", []string{"spec.jobTargetRef.template app=bot,scaledjob.keda.sh/name=name"}},
		"Job.batch.volcano.sh":               {"{tasks: [{template: POD}, {template: POD}]}", []string{"spec.tasks[0].template app=bot,volcano.sh/job-name=name", "spec.tasks[1].template app=bot,volcano.sh/job-name=name"}},
		"JobSet.jobset.x-k8s.io":             {"{replicatedJobs: [{template: {spec: {template: POD}}}]}", []string{"spec.replicatedJobs[0].template.spec.template app=bot,jobset.sigs.k8s.io/jobset-name=name"}},
		"PyTorchJob.kubeflow.org":            {"{pytorchReplicaSpecs: {Worker: {template: POD}, Master: {template: POD}}}", []string{"spec.pytorchReplicaSpecs.Master.template app=bot,training.kubeflow.org/job-name=name", "spec.pytorchReplicaSpecs.Worker.template app=bot,training.kubeflow.org/job-name=name"}},
		"RayService.ray.io":                  {"{rayClusterConfig: {headGroupSpec: {template: POD}, workerGroupSpecs: [{template: POD}]}}", []string{"spec.rayClusterConfig.headGroupSpec.template app=bot", "spec.rayClusterConfig.workerGroupSpecs[0].template app=bot"}},
		"LeaderWorkerSet.leaderworkerset.x-k8s.io": {"{leaderWorkerTemplate: {leaderTemplate: POD, workerTemplate: POD}}", []string{
			"spec.leaderWorkerTemplate.leaderTemplate app=bot,leaderworkerset.sigs.k8s.io/name=name", "spec.leaderWorkerTemplate.workerTemplate app=bot,leaderworkerset.sigs.k8s.io/name=name"}},
		"Service.serving.knative.dev": {"{template: POD}", []string{"spec.template app=bot,serving.knative.dev/service=name"}},
		"InferenceService.serving.kserve.io": {"{predictor: {labels: {tier: model}, containers: [{name: bot, image: IMAGE}]}, transformer: {model: {}}}", []string{
			"spec.predictor. of=object,serving.kserve.io/inferenceservice=name,tier=model"}},
	} {
		t.Run(kind, func(t *testing.T) {
			name, group, _ := strings.Cut(kind, ".")
			found, ok := builtIn(t).Find(schema.GroupKind{Group: group, Kind: name})
			if !ok {
				t.Fatal("the table does not have the kind")
			}
			object, err := yaml.YAMLToJSON([]byte("metadata: {name: name, labels: {of: object}}\nspec: " + strings.ReplaceAll(c.spec, "POD", pod)))
			if err != nil {
				t.Fatal(err)
			}
			templates, err := found.FindTemplates(object)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, template := range templates {
				got = append(got, describe(t, template))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("templates (-want +got):\n%s", diff)
			}
		})
	}
}

// describe returns the path and the labels.
func describe(t *testing.T, found podtemplate.Template) string {
	t.Helper()
	var template corev1.PodTemplateSpec
	if err := json.Unmarshal(found.Content, &template); err != nil {
		t.Fatal(err)
	}
	if len(template.Spec.Containers) == 0 || template.Spec.Containers[0].Image != "IMAGE" {
		t.Fatalf("containers %v", template.Spec.Containers)
	}
	return found.Path + " " + formatLabels(template.Labels)
}

func formatLabels(labels map[string]string) string {
	var set []string
	for key, value := range labels {
		set = append(set, key+"="+value)
	}
	slices.Sort(set)
	return strings.Join(set, ",")
}

func TestObjectsWithoutTemplates(t *testing.T) {
	rollout, _ := builtIn(t).Find(schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"})
	for name, object := range map[string]string{
		"one that refers to another": `{"spec":{"workloadRef":{"kind":"Deployment"}}}`, "no template": `{"spec":{"template":null}}`, "no spec": `{}`,
	} {
		if found, err := rollout.FindTemplates([]byte(object)); err != nil || len(found) > 0 {
			t.Errorf("%s: found %v, error %v", name, found, err)
		}
	}
	if _, err := rollout.FindTemplates([]byte(`{"spec":[]}`)); err == nil || !strings.Contains(err.Error(), "spec") {
		t.Errorf("error %v of an object of another form, want one that names spec", err)
	}
}

func TestExtend(t *testing.T) {
	table, err := builtIn(t).Extend([]byte("kinds:\n- {group: apps.example, kind: Fleet, resource: fleets, templates: [\"spec.groups[*].template\"]}\n" +
		"- {group: argoproj.io, kind: Rollout, resource: rollouts, templates: [spec.other]}"))
	if err != nil {
		t.Fatal(err)
	}
	for kind, want := range map[string]string{"Fleet.apps.example": "spec.groups[*].template", "Rollout.argoproj.io": "spec.other", "Deployment.apps": "spec.template"} {
		name, group, _ := strings.Cut(kind, ".")
		if found, ok := table.Find(schema.GroupKind{Group: group, Kind: name}); !ok || found.Templates[0] != want {
			t.Errorf("%s: %+v, want the path %s", kind, found, want)
		}
	}
	if rollout, _ := builtIn(t).Find(schema.GroupKind{Group: "argoproj.io", Kind: "Rollout"}); rollout.Templates[0] != "spec.template" {
		t.Error("the table that was extended has changed")
	}
	for name, c := range map[string]struct{ file, want string }{
		"a kind of Kubernetes": {"kinds: [{group: apps, kind: Deployment, resource: deployments, templates: [spec.other]}]", "Deployment.apps is a kind of Kubernetes"},
		"no path":              {"kinds: [{group: a.example, kind: A, resource: as}]", "0 paths"},
		"a path that is none":  {"kinds: [{group: a.example, kind: A, resource: as, templates: [\"spec..a\"]}]", "not a path"},
		"all resources":        {"kinds: [{group: a.example, kind: A, resource: \"*\", templates: [spec.a]}]", "resource is"},
		"all groups":           {"kinds: [{group: \"*\", kind: A, resource: as, templates: [spec.a]}]", "group is"},
		"an unknown field":     {"kinds: [{group: a.example, kind: A, resource: as, template: spec.a}]", "template"},
		"the same kind twice":  {"kinds: [{group: a.example, kind: A, resource: as, templates: [spec.a]}, {group: a.example, kind: A, resource: as, templates: [spec.a]}]", "twice"},
	} {
		if _, err := builtIn(t).Extend([]byte(c.file)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want %q", name, err, c.want)
		}
	}
}
