package facts

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/policy/closest"
	"github.com/chaperone-dev/chaperone/internal/shape"
	"github.com/chaperone-dev/chaperone/internal/shape/example"
)

// Shapes tells which shapes a declaration names, and which exist.
type Shapes struct {
	// Names are the names of the shapes that exist, sorted.
	Names []string
	// Uses has an entry for each port, and for each processor that names a shape or has parameters.
	Uses []ShapeUse
}

// ShapeUse is the use of a shape by one port or processor.
type ShapeUse struct {
	// Field is the JSON path of the port or processor.
	Field string
	// Name is the name of the shape; "" for one that the port has inline.
	Name string
	// Exists is true if there is such a shape. Otherwise Closest has the names that may have been meant, the closest first.
	Exists  bool
	Closest []string
	// Fault says why the sidecar could not read messages of the shape, "" if it can, and FaultField is the JSON path of the cause.
	Fault, FaultField string
	// UnknownParameters are the declared parameters that the shape does not have, and Parameters those that it has, sorted. Both are empty
	// if the shape does not exist or is faulty.
	UnknownParameters, Parameters []string
	// SignatureFault says why messages to the port cannot be checked as the declaration says, "" if they can, and SignatureField is the
	// JSON path of the cause.
	SignatureFault, SignatureField string
	// UncheckedHeader is the header with the signature of messages to the port, which redaction breaks, if the declaration names no secret
	// with which the sidecar could check and renew it; else "".
	UncheckedHeader string
	// SendsBy is the shape by which the sidecar would read the messages that the app sends by calls of a messaging service
	// (shape.Route.AnswersElsewhere), if no processor has such a shape; else "".
	SendsBy string
}

// NewShapes returns the facts about the shapes that the specification names. own are the ChatShapes that exist. An error means that the
// presets cannot be read.
func NewShapes(spec *v1alpha1.ChatbotDeploymentSpec, own shape.Documents) (Shapes, error) {
	names, err := own.ListNames()
	if err != nil {
		return Shapes{}, fmt.Errorf("read presets: %w", err)
	}
	facts := Shapes{Names: names}
	known := catalog{own, names}
	for i := range spec.Ports {
		facts.Uses = append(facts.Uses, newPortUse(&spec.Ports[i], fmt.Sprintf("spec.ports[%d]", i), known))
	}
	for i := range spec.Processors {
		p := &spec.Processors[i]
		if p.Shape == "" && len(p.Parameters) == 0 && own[string(v1alpha1.ShapeOpenAIChat)] == nil {
			continue // The default shape exists, so there is nothing to check.
		}
		use := ShapeUse{Field: fmt.Sprintf("spec.processors[%d]", i), Name: string(chooseShape(p))}
		found := use.addNamed(known, shape.SideProcessors, p.Parameters)
		if found != nil && slices.ContainsFunc(found.Routes, func(r shape.Route) bool { return r.Use == shape.UseReply }) {
			facts.markSent()
		}
		facts.Uses = append(facts.Uses, use)
	}
	return facts, nil
}

// newPortUse returns the facts about the shape of a port, as if no processor read what the app sends.
func newPortUse(p *v1alpha1.ChatPort, field string, known catalog) ShapeUse {
	use := ShapeUse{Field: field, Name: string(p.Shape)}
	var found *shape.Shape
	if p.Inline != nil {
		found = use.addInline(p.Inline.Raw, p.Parameters)
	} else {
		found = use.addNamed(known, shape.SidePorts, p.Parameters)
	}
	if found == nil || use.Fault != "" {
		return use
	}
	use.addSignature(found, p.Signature)
	if slices.ContainsFunc(found.Routes, func(r shape.Route) bool { return r.AnswersElsewhere }) {
		use.SendsBy = found.Name
	}
	return use
}

// markSent notes for all ports that the sidecar reads the messages that the app sends by calls.
func (s *Shapes) markSent() {
	for i := range s.Uses {
		s.Uses[i].SendsBy = ""
	}
}

// chooseShape returns the name of the shape of a processor.
func chooseShape(p *v1alpha1.Processor) v1alpha1.ShapeName {
	return cmp.Or(p.Shape, v1alpha1.ShapeOpenAIChat)
}

// ListShapeNames returns the names of the shapes that the specification names, sorted, each once.
func ListShapeNames(spec *v1alpha1.ChatbotDeploymentSpec) []string {
	var names []string
	for i := range spec.Ports {
		if p := &spec.Ports[i]; p.Inline == nil {
			names = append(names, string(p.Shape))
		}
	}
	for i := range spec.Processors {
		names = append(names, string(chooseShape(&spec.Processors[i])))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// selectShapes returns the value of DeclarationInput.Shapes; nil if the declaration needs no ChatShapes.
func selectShapes(spec *v1alpha1.ChatbotDeploymentSpec, own shape.Documents) shape.Documents {
	if len(own) == 0 {
		return nil
	}
	var selected shape.Documents
	for _, name := range ListShapeNames(spec) {
		if document, isOwn := own[name]; isOwn {
			if selected == nil {
				selected = shape.Documents{}
			}
			selected[name] = document
			continue
		}
		if preset, err := shape.FindPreset(name); err != nil || preset == nil {
			return own
		}
	}
	return selected
}

// addInline adds the facts about a shape that the port has inline, and returns it; nil if it is faulty.
func (u *ShapeUse) addInline(document []byte, parameters map[string]v1alpha1.ShapeParameter) *shape.Shape {
	found, err := shape.LoadBare("inline", document)
	if err == nil {
		err = example.Check(found)
	}
	if err != nil {
		u.Exists, u.Fault, u.FaultField = true, err.Error(), u.Field+".inline"
		return nil
	}
	u.addParameters(found, parameters)
	return found
}

// catalog is the shapes that exist: those of the organisation, and the names of all.
type catalog struct {
	own   shape.Documents
	names []string
}

// addNamed adds the facts about a shape that has a name, and returns it; nil if there is none, or a faulty one. side is where the
// declaration uses it.
func (u *ShapeUse) addNamed(known catalog, side string, parameters map[string]v1alpha1.ShapeParameter) *shape.Shape {
	found, document, err := known.own.Find(u.Name)
	if err == nil && found == nil {
		u.Closest = closest.Find(u.Name, known.names)
		return nil
	}
	if err == nil && document != nil {
		err = example.Check(found)
	}
	if err != nil {
		u.Exists, u.Fault, u.FaultField = true, err.Error(), u.Field+".shape"
		return nil
	}
	u.addParameters(found, parameters)
	if found.Side != "" && found.Side != side {
		u.FaultField = u.Field + ".shape"
		u.Fault = fmt.Sprintf("The shape %s is %s: use it in spec.%s[].shape only.", found.Name, describeSide(found.Side), found.Side)
	}
	return found
}

// addSignature adds the facts about the signature of messages to a port.
func (u *ShapeUse) addSignature(found *shape.Shape, declared *v1alpha1.PortSignature) {
	signed := found.Signature
	switch {
	case signed == nil && declared != nil:
		u.SignatureField, u.SignatureFault = u.Field+".signature", fmt.Sprintf("Remove it: messages of the shape %s have no signature that the sidecar knows.", found.Name)
	case signed == nil:
	case declared == nil && signed.CoversMessage():
		u.UncheckedHeader = signed.Header
	case declared != nil && signed.NeedsURL() && declared.URL == "":
		u.SignatureField = u.Field + ".signature.url"
		u.SignatureFault = "State what stands before the path in the public URL that the messaging service calls, for example https://bot.shop.example, because the signature covers it."
	}
}

// describeSide says what a shape is for.
func describeSide(side string) string {
	if side == shape.SideProcessors {
		return "for calls of models, and has no place where people could be shown anything"
	}
	return "for people who chat, and no model service speaks it"
}

// addParameters adds the facts about the declared parameters of a shape.
func (u *ShapeUse) addParameters(found *shape.Shape, declared map[string]v1alpha1.ShapeParameter) {
	u.Exists, u.Parameters = true, slices.Sorted(maps.Keys(found.Parameters))
	values := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if _, isKnown := found.Parameters[name]; !isKnown {
			u.UnknownParameters = append(u.UnknownParameters, name)
			continue
		}
		values[name] = string(declared[name])
	}
	if len(values) == 0 {
		return // The defaults were checked with the shape.
	}
	if _, err := found.With(values); err != nil {
		u.Fault, u.FaultField = err.Error(), u.Field+".parameters"
	}
}
