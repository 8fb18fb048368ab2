package cli

import (
	"errors"

	"github.com/chaperone-dev/chaperone/internal/cli/manifest"
	"github.com/chaperone-dev/chaperone/internal/policy"
	"github.com/chaperone-dev/chaperone/internal/report"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// checkShapes returns a problem for each ChatShape of the input that admission refuses.
func checkShapes(objects []manifest.Object) error {
	var problems []error
	for _, o := range objects {
		if o.Shape == nil {
			continue
		}
		if err := checkShape(o); err != nil {
			problems = append(problems, &manifest.Problem{Origin: o.Origin, Object: o.String(), Message: err.Error()})
		}
	}
	return errors.Join(problems...)
}

// checkShape returns the faults of a ChatShape. One that a cluster has stored may have the name of a preset, which a later release brought.
func checkShape(o manifest.Object) error {
	preset, err := shape.FindPreset(o.Name)
	if err != nil {
		return err
	}
	if preset != nil && !o.IsLive() {
		return errors.New("metadata.name is the name of a preset: give the shape another name")
	}
	loaded, err := shape.LoadOwn(o.Name, o.Shape.Spec.Raw)
	if err != nil {
		return err
	}
	return example.Check(loaded)
}

// reviewShape returns the item of a ChatShape; not ok if it is faulty, because then it is a problem of the input.
func (s *session) reviewShape(o manifest.Object) (item report.Item, ok bool) {
	if checkShape(o) != nil {
		return report.Item{}, false
	}
	return report.Item{APIVersion: o.APIVersion, Kind: o.Kind, Name: o.Name, Verdict: policy.Verdict{
		Outcome: policy.OutcomeAllow, Compliant: true, Revision: s.engine.Revision(), AsOf: s.now.UTC().Format(policy.DateFormat),
	}}, true
}

// collectShapes returns the ChatShapes of the input; nil if there are none.
func collectShapes(objects []manifest.Object) shape.Documents {
	var shapes shape.Documents
	for _, o := range objects {
		if o.Shape == nil {
			continue
		}
		if shapes == nil {
			shapes = shape.Documents{}
		}
		shapes[o.Name] = o.Shape.Spec.Raw
	}
	return shapes
}
