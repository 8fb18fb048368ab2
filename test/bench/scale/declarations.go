package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// everyWithPods is the share of declarations that have a Service and pods: one of so many.
const everyWithPods = 10

// mix is one turn of declarations as files of config/samples: most comply, some warn, and one is denied. A pattern stands for one of its
// files, another one each turn.
func mix() []string {
	return []string{
		"support.yaml", "smallest/*.yaml", "support.yaml", "telegram-bot.yaml", "support.yaml",
		"smallest/*.yaml", "support.yaml", "no-handoff.yaml", "smallest/*.yaml", "polling-bot.yaml",
	}
}

// sample is the content of one file of config/samples.
type sample struct {
	declaration, deployment, service *unstructured.Unstructured
}

// readSamples returns the samples of each entry of the mix.
func readSamples() ([][]sample, error) {
	var turns [][]sample
	for _, pattern := range mix() {
		paths, err := filepath.Glob(filepath.Join("config", "samples", pattern))
		if err != nil || len(paths) == 0 {
			return nil, fmt.Errorf("no sample %s: %w", pattern, err)
		}
		var samples []sample
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				return nil, err
			}
			objects, err := decodeObjects(data)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			samples = append(samples, sortObjects(objects))
		}
		turns = append(turns, samples)
	}
	return turns, nil
}

func sortObjects(objects []*unstructured.Unstructured) (s sample) {
	for _, object := range objects {
		switch object.GetKind() {
		case "ChatbotDeployment":
			s.declaration = object
		case "Deployment":
			s.deployment = object
		case "Service":
			s.service = object
		}
	}
	return s
}

func namespaceName(i int) string { return fmt.Sprintf("team-%03d", i) }

// chatbot is one declaration with its pods and its Service, which are nil for most.
type chatbot struct {
	declaration *unstructured.Unstructured
	beside      []client.Object
}

// newChatbot returns the chatbot with the number i. Those of one namespace differ from those of others in what they say about themselves:
// names, addresses and periods.
func newChatbot(turns [][]sample, i, namespaces int) (chatbot, error) {
	of := turns[i%len(turns)]
	s := of[(i/len(turns))%len(of)]
	name, team := fmt.Sprintf("bot-%05d", i), namespaceName(i%namespaces)
	d := s.declaration.DeepCopy()
	d.SetName(name)
	d.SetNamespace(team)
	app := map[string]any{"app": name}
	for path, value := range map[string]any{
		"selector": map[string]any{"matchLabels": app},
		"rights":   merge(d, "rights", "contact", team+"@shop.example"),
		"consent":  merge(d, "consent", "privacyNoticeURL", "https://shop.example/privacy/"+team),
		"purpose":  merge(d, "purpose", "description", "Order and return questions of "+team),
	} {
		if err := unstructured.SetNestedField(d.Object, value, "spec", path); err != nil {
			return chatbot{}, err
		}
	}
	c := chatbot{declaration: d}
	if i%(everyWithPods*2) != 0 || s.deployment == nil {
		return c, nil
	}
	service := s.service.DeepCopy()
	service.SetName(name)
	service.SetNamespace(team)
	if err := unstructured.SetNestedField(service.Object, app, "spec", "selector"); err != nil {
		return chatbot{}, err
	}
	c.beside = append(c.beside, service)
	for replica := range 2 {
		pod := &unstructured.Unstructured{Object: map[string]any{"apiVersion": "v1", "kind": "Pod"}}
		spec, _, err := unstructured.NestedMap(s.deployment.Object, "spec", "template", "spec")
		if err != nil {
			return chatbot{}, err
		}
		pod.Object["spec"] = spec
		pod.SetName(fmt.Sprintf("%s-%d", name, replica))
		pod.SetNamespace(team)
		pod.SetLabels(map[string]string{"app": name})
		c.beside = append(c.beside, pod)
	}
	return c, nil
}

// merge returns the object in the field of the spec with one more value.
func merge(d *unstructured.Unstructured, field, key, value string) map[string]any {
	object, _, _ := unstructured.NestedMap(d.Object, "spec", field)
	if object == nil {
		object = map[string]any{}
	}
	object[key] = value
	return object
}

// createAll creates what objectsOf returns for each number below n, with several requests at once.
func (p *plane) createAll(ctx context.Context, n int, objectsOf func(i int) ([]client.Object, error)) error {
	var wait sync.WaitGroup
	var next atomic.Int64
	failures := make(chan error, 16)
	for range cap(failures) {
		wait.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				objects, err := objectsOf(i)
				for k := 0; err == nil && k < len(objects); k++ {
					err = p.admin.Create(ctx, objects[k])
				}
				if err != nil {
					failures <- err
					return
				}
			}
		})
	}
	wait.Wait()
	close(failures)
	return <-failures
}
