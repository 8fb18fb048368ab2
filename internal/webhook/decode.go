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

// namedPod is a pod for review, with the name that messages use for it.
type namedPod struct {
	review.Pod
	name string
	// former are the labels of a pod before an update; nil for a pod that is made.
	former map[string]string
}

// decodePod decodes the JSON of a pod, or of a pod template, except its spec, which only a review without a cached decision decodes. The
// review reads only the labels, the annotations and the spec, because the cache finds decisions by these: a decision that depended on
// another field would hold for pods that differ in it. decodePod returns an error if the JSON is not that of a pod.
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
	pod.Claim = review.ReadClaim(pod.Labels)
	return pod, nil
}

// decodeMember decodes the member with the name into target. It leaves target unchanged if there is no such member.
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

// decodeEphemeralNames returns the names of the ephemeral containers of a pod.
func decodeEphemeralNames(pod review.Pod) ([]string, error) {
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

// decodeBoth decodes the object of a CREATE or UPDATE request, and its old state on an UPDATE; old is nil on a CREATE. The error about any
// other operation names the resource, for example `pods`.
func decodeBoth[T any](req admission.Request, resource string, decode func(raw []byte) (T, error)) (object T, old *T, err error) {
	if req.Operation != admissionv1.Create && req.Operation != admissionv1.Update {
		return object, nil, fmt.Errorf("operation %q of %s is not reviewed here", req.Operation, resource)
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

// isSamePodForReview reports whether two states of a pod are equal in everything that a decision reads.
func isSamePodForReview(a, b review.Pod) bool {
	return bytes.Equal(a.Spec, b.Spec) && maps.Equal(a.Labels, b.Labels) &&
		maps.Equal(selectChaperoneKeys(a.Annotations), selectChaperoneKeys(b.Annotations))
}

// selectChaperoneKeys returns the annotations whose keys begin with chaperone.dev/. Rules read no others.
func selectChaperoneKeys(annotations map[string]string) map[string]string {
	selected := map[string]string{}
	for key, value := range annotations {
		if strings.HasPrefix(key, contract.KeyPrefix) {
			selected[key] = value
		}
	}
	return selected
}
