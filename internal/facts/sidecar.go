package facts

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/chaperone-dev/chaperone/internal/contract"
)

// Sidecar tells how the pod's sidecar differs from the SidecarTemplate, the sidecar that the pod must have.
type Sidecar struct {
	// Name is the name of the sidecar container in the template.
	Name string `json:"name"`
	// Present is true if the pod has an init container with this name. Index is its index in spec.initContainers; -1 when not present.
	Present bool `json:"present"`
	Index   int  `json:"index"`
	// Differences are the fields in which the sidecar and its volumes differ from the template, sorted by field. Differences on which the
	// integrity of the sidecar does not rest are not among them (docs/adr/0025-the-sidecar-and-other-injectors.md). Differences is empty if
	// the sidecar is not present.
	Differences []Difference `json:"differs,omitempty"`
	// UserID is the Linux user ID (UID) that the sidecar of the template runs as.
	UserID int64 `json:"user"`
	// Upstreams are the URLs at which the sidecar forwards requests to the declared processors, in the order of spec.processors, each with
	// a trailing slash: for each processor one for http and one for https.
	Upstreams []string `json:"upstreams"`
	// AppPorts are the names that injection gives to the app's ports, in the order of spec.ports.
	AppPorts []string `json:"appPorts"`
}

// Difference is a field of the pod that differs from the SidecarTemplate.
type Difference struct {
	// Field is the JSON path of the field, for example `spec.initContainers[0].image`.
	Field string `json:"field"`
	// Found and Required are the values of the field in the pod and in the template, as JSON decodes them; nil if it has no such field.
	Found    any `json:"found"`
	Required any `json:"required"`
}

// findSidecar returns the index of the init container with the sidecar's name; -1 if the pod has none.
func findSidecar(in WorkloadInput) int {
	return slices.IndexFunc(in.Pod.Spec.InitContainers, func(c corev1.Container) bool {
		return c.Name == in.Sidecar.Container.Name
	})
}

// NewSidecar compares the sidecar of in.Pod with in.Sidecar, the template. It reads only the pod's init containers and volumes.
func NewSidecar(in WorkloadInput) Sidecar {
	facts := Sidecar{
		Name:   in.Sidecar.Container.Name,
		UserID: in.Sidecar.UserID,
		Index:  findSidecar(in),
	}
	// Injection gives the app's ports the names in AppPorts, and lets the app's model URLs begin with one of Upstreams.
	if in.Declaration != nil {
		for i := range in.Declaration.Spec.Ports {
			facts.AppPorts = append(facts.AppPorts, in.Sidecar.Container.Name+"-"+strconv.Itoa(i))
		}
		for i := range in.Declaration.Spec.Processors {
			p := &in.Declaration.Spec.Processors[i]
			for _, name := range contract.EgressNames(p.Name, p.Host) {
				facts.Upstreams = append(facts.Upstreams, in.Sidecar.EgressURL+"/"+name+"/")
			}
		}
	}
	facts.Present = facts.Index >= 0
	if facts.Present {
		facts.Differences = findDifferences(in, facts.Index)
	}
	return facts
}

// findDifferences returns Sidecar.Differences of the init container at the index.
func findDifferences(in WorkloadInput, index int) []Difference {
	differences := CompareSidecar("spec.initContainers["+strconv.Itoa(index)+"]", &in.Pod.Spec.InitContainers[index], in.Sidecar.Container)
	for i := range in.Sidecar.Volumes {
		want := &in.Sidecar.Volumes[i]
		found := slices.IndexFunc(in.Pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == want.Name })
		if found < 0 {
			differences = append(differences, Difference{Field: "spec.volumes", Required: want.Name})
			continue
		}
		volume := &in.Pod.Spec.Volumes[found]
		if !equal(volume, want) {
			field := "spec.volumes[" + strconv.Itoa(found) + "]"
			differences = appendDifferences(differences, field, toTree(volume), toTree(want))
		}
	}
	slices.SortFunc(differences, func(a, b Difference) int { return cmp.Compare(a.Field, b.Field) })
	return differences
}

// marshaler is a Kubernetes type with a deterministic protobuf encoding of all its fields.
type marshaler interface {
	Marshal() ([]byte, error)
}

// equal reports whether a and b have the same meaning. It compares the encodings first, which takes a tenth of the time of comparing every
// field. Values with different encodings can still mean the same, for example the quantities 1000m and 1.
func equal[T marshaler](a, b T) bool {
	left, leftErr := a.Marshal()
	right, rightErr := b.Marshal()
	if leftErr == nil && rightErr == nil && bytes.Equal(left, right) {
		return true
	}
	return equality.Semantic.DeepEqual(a, b)
}
