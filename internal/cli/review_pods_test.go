package cli_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/test/builders"
)

// declareV7 returns manifests of version 7 of a shop with its declaration.
func declareV7(t *testing.T) string {
	t.Helper()
	declaration, err := json.Marshal(builders.ChatbotDeployment(func(d *v1alpha1.ChatbotDeployment) {
		d.Spec.Selector.MatchLabels = map[string]string{"app": "shop", "version": "v7"}
	}))
	if err != nil {
		t.Fatal(err)
	}
	const bot = "{name: a, image: flowiseai/flowise, ports: [{name: http, containerPort: 3000}]}"
	return newWorkload("shop-v7", "app: shop, version: v7", bot) + string(declaration)
}

// TestOnlyWhatHasPodsIsNamed: a cluster names pods behind a Service, and some objects have none, such as the version before the last, which
// is scaled to zero.
func TestOnlyWhatHasPodsIsNamed(t *testing.T) {
	v7 := declareV7(t)
	const pod = "spec: {containers: [{name: a, image: shop/bot, ports: [{name: http, containerPort: 3000}]}]}"
	const template = "template: {metadata: {labels: {app: shop, version: v8}}, " + pod + "}"
	const selector = "selector: {matchLabels: {app: shop, version: v8}}, "
	job := strings.Replace(template, "spec: {", "spec: {restartPolicy: Never, ", 1)
	for name, tc := range map[string]struct {
		apiVersion, kind, metadata, rest string
		isNamed                          bool
	}{
		"a Deployment":               {"apps/v1", "Deployment", "", "spec: {" + selector + template + "}", true},
		"a Deployment of one pod":    {"apps/v1", "Deployment", "", "spec: {replicas: 1, " + selector + template + "}", true},
		"a Deployment without pods":  {"apps/v1", "Deployment", "", "spec: {replicas: 0, " + selector + template + "}", false},
		"a StatefulSet without pods": {"apps/v1", "StatefulSet", "", "spec: {replicas: 0, serviceName: a, " + selector + template + "}", false},
		"a ReplicaSet without pods":  {"apps/v1", "ReplicaSet", "", "spec: {replicas: 0, " + selector + template + "}", false},
		"a Rollout without pods":     {"argoproj.io/v1alpha1", "Rollout", "", "spec: {replicas: 0, " + selector + template + "}", false},
		"a Job":                      {"batch/v1", "Job", "", "spec: {" + job + "}", true},
		"a Job that is suspended":    {"batch/v1", "Job", "", "spec: {suspend: true, " + job + "}", false},
		"a Job that runs":            {"batch/v1", "Job", "", "spec: {" + job + "}\nstatus: {conditions: [{type: Complete, status: 'False'}]}", true},
		"a Job that is complete":     {"batch/v1", "Job", "", "spec: {" + job + "}\nstatus: {conditions: [{type: Complete, status: 'True'}]}", false},
		"a Job that has failed":      {"batch/v1", "Job", "", "spec: {" + job + "}\nstatus: {conditions: [{type: Failed, status: 'True'}]}", false},
		"a CronJob":                  {"batch/v1", "CronJob", "", "spec: {schedule: '0 0 * * *', jobTemplate: {spec: {" + job + "}}}", true},
		"a CronJob that is suspended": {
			"batch/v1", "CronJob", "", "spec: {suspend: true, schedule: '0 0 * * *', jobTemplate: {spec: {" + job + "}}}", false,
		},
		"a Pod":                {"v1", "Pod", ", labels: {app: shop, version: v8}", pod, true},
		"a Pod that has ended": {"v1", "Pod", ", labels: {app: shop, version: v8}", pod + "\nstatus: {phase: Succeeded}", false},
		"a Pod that is being deleted": {
			"v1", "Pod", ", labels: {app: shop, version: v8}, deletionTimestamp: '2026-11-29T00:00:00Z', deletionGracePeriodSeconds: 30", pod, false,
		},
	} {
		t.Run(name, func(t *testing.T) {
			manifests := strings.Join([]string{
				v7, newFrontService("app: shop", "http"),
				"apiVersion: " + tc.apiVersion + "\nkind: " + tc.kind + "\nmetadata: {name: v8, namespace: shop" + tc.metadata + "}\n" + tc.rest,
			}, "\n---\n")
			got := run(t, nil, manifests, "check", "-")
			if isNamed := strings.Contains(got.out, "service.ungoverned_pods"); isNamed != tc.isNamed || !strings.Contains(got.out, "Service shop/front: ") {
				t.Errorf("named %t, want %t\n%s%s", isNamed, tc.isNamed, got.out, got.err)
			}
		})
	}
}

// TestPodsOnTheNumberOfTheSidecarAreNamed: a Service may target the number of the sidecar, and other pods can have it, too.
func TestPodsOnTheNumberOfTheSidecarAreNamed(t *testing.T) {
	v7 := declareV7(t)
	for port, isNamed := range map[string]bool{"23100": true, "3000": false} {
		beside := newWorkload("v8", "app: shop, version: v8", "{name: a, image: shop/bot, ports: [{containerPort: "+port+"}]}")
		got := run(t, nil, beside+newFrontService("app: shop", "23100")+"\n---\n"+v7, "check", "-")
		if strings.Contains(got.out, "service.ungoverned_pods") != isNamed || !strings.Contains(got.out, "Service shop/front: ") {
			t.Errorf("port %s: want named %t\n%s%s", port, isNamed, got.out, got.err)
		}
	}
}
