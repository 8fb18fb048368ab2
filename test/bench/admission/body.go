package main

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"fmt"

	admissionv1 "k8s.io/api/admission/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/facts"
	"github.com/chaperone-dev/chaperone/internal/inject"
	"github.com/chaperone-dev/chaperone/internal/sidecarconfig/render"
	"github.com/chaperone-dev/chaperone/policies"
)

//go:embed pod.yaml
var podYAML []byte

// Places in the body that are filled in for each request, with as many characters.
const (
	placeOfName     = "NNNNNNNN"
	placeOfTemplate = "TTTTTTTT"
)

// injected returns a governed pod of each declaration as the API server shows it to validation: with its sidecar, defaulted.
func injected(ctx context.Context) ([]*corev1.Pod, error) {
	pod := &corev1.Pod{}
	if err := yaml.UnmarshalStrict(podYAML, pod); err != nil {
		return nil, fmt.Errorf("read pod.yaml: %w", err)
	}
	all, err := declarations()
	if err != nil {
		return nil, err
	}
	engine, err := engine.New(ctx, policies.FS)
	if err != nil {
		return nil, err
	}
	var pods []*corev1.Pod
	for _, d := range all {
		verdict := engine.Declaration(ctx, facts.NewDeclarationInput(d, facts.Environment{}, today()))
		_, hash, err := render.File(d, verdict, engine.Statements(), nil)
		if err != nil {
			return nil, err
		}
		pod.Namespace = d.Namespace
		governed, err := inject.Sidecar(pod.DeepCopy(), d, inject.Template(d, image, hash))
		if err != nil {
			return nil, err
		}
		pods = append(pods, governed)
	}
	return pods, nil
}

// bodies returns body for each pod.
func bodies(pods []*corev1.Pod) ([][]byte, error) {
	var all [][]byte
	for _, pod := range pods {
		b, err := body(pod)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// body returns the AdmissionReview for a pod, as the API server sends it.
func body(pod *corev1.Pod) ([]byte, error) {
	object, err := json.Marshal(pod)
	if err != nil {
		return nil, err
	}
	resource := metav1.GroupVersionResource{Version: "v1", Resource: "pods"}
	kind := metav1.GroupVersionKind{Version: "v1", Kind: "Pod"}
	return json.Marshal(admissionv1.AdmissionReview{
		TypeMeta: metav1.TypeMeta{APIVersion: admissionv1.SchemeGroupVersion.String(), Kind: "AdmissionReview"},
		Request: &admissionv1.AdmissionRequest{
			UID: "11111111-0000-4000-8000-0000" + placeOfName, Kind: kind, Resource: resource, RequestKind: &kind, RequestResource: &resource,
			Name: pod.Name, Namespace: pod.Namespace, Operation: admissionv1.Create,
			UserInfo: authenticationv1.UserInfo{
				Username: "system:serviceaccount:kube-system:replicaset-controller",
				Groups:   []string{"system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"},
			},
			Object:  runtime.RawExtension{Raw: object},
			Options: runtime.RawExtension{Raw: []byte(`{"kind":"CreateOptions","apiVersion":"meta.k8s.io/v1"}`)},
		},
	})
}

// fill returns a body of the given number for one template.
func fill(body []byte, number, template uint32) []byte {
	filled := bytes.ReplaceAll(body, []byte(placeOfName), fmt.Appendf(nil, "%08x", number))
	return bytes.ReplaceAll(filled, []byte(placeOfTemplate), fmt.Appendf(nil, "%08x", template))
}

// broken returns pods that a right answer refuses, by what is wrong with them.
func broken(pod *corev1.Pod) map[string]*corev1.Pod {
	pods := map[string]*corev1.Pod{}
	change := func(name string, apply func(*corev1.Pod)) {
		pods[name] = pod.DeepCopy()
		apply(pods[name])
	}
	change("no sidecar", func(p *corev1.Pod) { p.Spec.InitContainers = nil })
	change("another sidecar", func(p *corev1.Pod) { p.Spec.InitContainers[0].Image = p.Spec.Containers[0].Image })
	change("the host's processes", func(p *corev1.Pod) { p.Spec.HostPID = true })
	change("the host's network", func(p *corev1.Pod) { p.Spec.HostNetwork = true })
	change("a privileged container", func(p *corev1.Pod) {
		p.Spec.Containers[0].SecurityContext = &corev1.SecurityContext{Privileged: ptr.To(true)}
	})
	change("another chatbot's name", func(p *corev1.Pod) { p.Labels["chaperone.dev/chatbot"] = "sales" })
	change("the model called directly", func(p *corev1.Pod) { p.Spec.Containers[0].Env[0].Value = "https://api.model.example/v1" })
	return pods
}
