package webhook

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	admissionv1 "k8s.io/api/admission/v1"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"

	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/review"
)

// namedPod is a pod for review with its name for people.
type namedPod struct {
	review.Pod
	name string
}

// decodePod reads the JSON of a pod, or of a pod template. Nothing but labels, annotations and the undecoded spec reaches a
// decision: one that also depended on other bytes could be planted in the cache by a forged request. The error says that the JSON
// is not a pod.
func decodePod(raw []byte) (namedPod, error) {
	if len(raw) == 0 {
		return namedPod{}, errors.New("decode pod: there is none")
	}
	members, err := splitObject(raw)
	if err != nil {
		return namedPod{}, fmt.Errorf("decode pod: %w", err)
	}
	if len(members["spec"]) == 0 {
		return namedPod{}, errors.New("decode pod: it has no spec")
	}
	metadata, err := splitObject(members["metadata"])
	if err != nil {
		return namedPod{}, fmt.Errorf("decode pod: metadata: %w", err)
	}
	var generateName string
	pod := namedPod{Pod: review.Pod{Spec: members["spec"]}}
	if err := errors.Join(
		decodeMember(metadata, "name", &pod.name),
		decodeMember(metadata, "generateName", &generateName),
		decodeMember(metadata, "labels", &pod.Labels),
		decodeMember(metadata, "annotations", &pod.Annotations),
	); err != nil {
		return namedPod{}, fmt.Errorf("decode pod: metadata: %w", err)
	}
	pod.name = cmp.Or(pod.name, generateName)
	pod.Claim = review.ClaimOf(pod.Labels)
	return pod, nil
}

// decodeMember decodes the member of the name into target. An object without the member leaves target as it is.
func decodeMember(members map[string]json.RawMessage, name string, target any) error {
	value, ok := members[name]
	if !ok {
		return nil
	}
	if err := utiljson.Unmarshal(value, target); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// decodeEphemeral returns the names of the ephemeral containers of a pod.
func decodeEphemeral(pod review.Pod) ([]string, error) {
	var spec struct {
		EphemeralContainers []struct {
			Name string `json:"name"`
		} `json:"ephemeralContainers"`
	}
	if err := utiljson.Unmarshal(pod.Spec, &spec); err != nil {
		return nil, fmt.Errorf("decode pod: spec: %w", err)
	}
	var names []string
	for _, container := range spec.EphemeralContainers {
		names = append(names, container.Name)
	}
	return names, nil
}

// decodeBoth decodes the object of a CREATE or UPDATE, and on updates the object as it was. kind names the resource in errors.
func decodeBoth[T any](req admission.Request, kind string, decode func(raw []byte) (T, error)) (object T, old *T, err error) {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return object, nil, fmt.Errorf("operation %q of %s is not reviewed here", req.Operation, kind)
	}
	if object, err = decode(req.Object.Raw); err != nil {
		return object, nil, fmt.Errorf("object: %w", err)
	}
	if req.Operation == admissionv1.Create {
		return object, nil, nil
	}
	before, err := decode(req.OldObject.Raw)
	if err != nil {
		return object, nil, fmt.Errorf("old object: %w", err)
	}
	return object, &before, nil
}

// isReviewedAlike reports whether two states of a pod are equal in everything that a decision reads.
func isReviewedAlike(a, b review.Pod) bool {
	return bytes.Equal(a.Spec, b.Spec) && maps.Equal(a.Labels, b.Labels) && maps.Equal(selectOwn(a.Annotations), selectOwn(b.Annotations))
}

// selectOwn returns the annotations that belong to Chaperone.
func selectOwn(annotations map[string]string) map[string]string {
	own := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, contract.KeyPrefix) {
			own[key] = value
		}
	}
	return own
}
