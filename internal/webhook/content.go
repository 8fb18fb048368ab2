package webhook

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// content is what a decision about a pod reads: labels, annotations and the undecoded spec. Pods of one template have equal
// content, whatever their names, so decisions are kept by it. Nothing else of the object reaches a decision: a decision that
// also depended on bytes outside the key could be planted there by a forged request.
type content struct {
	name string
	// path is where the pod's template stands in a workload; empty for a pod.
	path        string
	labels      map[string]string
	annotations map[string]string
	spec        json.RawMessage
	// kept are the ephemeral containers that the pod had before; breakGlass says that who asks may add more.
	kept       []string
	breakGlass bool
}

// readContent reads the JSON of a pod. An error means that it is no pod.
func readContent(raw []byte) (content, error) {
	var object struct {
		Metadata struct {
			Name         string            `json:"name"`
			GenerateName string            `json:"generateName"`
			Labels       map[string]string `json:"labels"`
			Annotations  map[string]string `json:"annotations"`
		} `json:"metadata"`
		Spec json.RawMessage `json:"spec"`
	}
	if len(raw) == 0 {
		return content{}, errors.New("decode pod: there is none")
	}
	if err := utiljson.Unmarshal(raw, &object); err != nil {
		return content{}, fmt.Errorf("decode pod: %w", err)
	}
	if len(object.Spec) == 0 {
		return content{}, errors.New("decode pod: it has no spec")
	}
	name := object.Metadata.Name
	if name == "" {
		name = object.Metadata.GenerateName
	}
	return content{name: name, labels: object.Metadata.Labels, annotations: object.Metadata.Annotations, spec: object.Spec}, nil
}

// pod decodes the content to a pod without a name.
func (c content) pod(namespace string) (*corev1.Pod, error) {
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Labels: c.labels, Annotations: c.annotations}}
	if err := utiljson.Unmarshal(c.spec, &pod.Spec); err != nil {
		return nil, fmt.Errorf("decode pod: spec: %w", err)
	}
	return pod, nil
}

// field returns the path of a pod's field in the object that holds it.
func (c content) field(path string) string {
	if c.path == "" {
		return path
	}
	return c.path + "." + path
}

// ephemeral returns the names of the ephemeral containers.
func (c content) ephemeral() ([]string, error) {
	var spec struct {
		EphemeralContainers []struct {
			Name string `json:"name"`
		} `json:"ephemeralContainers"`
	}
	if err := utiljson.Unmarshal(c.spec, &spec); err != nil {
		return nil, fmt.Errorf("decode pod: spec: %w", err)
	}
	var names []string
	for _, container := range spec.EphemeralContainers {
		names = append(names, container.Name)
	}
	return names, nil
}

// governedAlike reports whether an update leaves everything as it was that a decision reads, so that none is due.
func (c content) governedAlike(old content) bool {
	return bytes.Equal(c.spec, old.spec) && maps.Equal(c.labels, old.labels) &&
		maps.Equal(owned(c.annotations), owned(old.annotations))
}

func owned(annotations map[string]string) map[string]string {
	ours := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, contract.KeyPrefix) {
			ours[key] = value
		}
	}
	return ours
}
