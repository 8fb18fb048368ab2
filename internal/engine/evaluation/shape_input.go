package evaluation

import (
	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// addShapeFacts adds the facts about the shapes of a declaration to the input of the entrypoint `declaration`.
func addShapeFacts(input *opa.Object, shapes facts.Shapes) {
	var o opa.Object
	o.Add("names", opa.Texts(shapes.Names))
	opa.AddArray(&o, "uses", shapes.Uses, encodeShapeUse)
	input.Add("shapes", o.Term())
}

// encodeShapeUse encodes the use of a shape: with its parameters if the shape exists, and otherwise with the closest names.
func encodeShapeUse(u facts.ShapeUse) *opa.Term {
	var o opa.Object
	o.AddText("field", u.Field)
	o.AddText("name", u.Name)
	if !u.Exists {
		o.Add("closest", opa.Texts(u.Closest))
		return o.Term()
	}
	if u.Fault != "" {
		o.AddText("fault", u.Fault)
		o.AddText("faultField", u.FaultField)
	}
	if u.SignatureFault != "" {
		o.AddText("signatureFault", u.SignatureFault)
		o.AddText("signatureField", u.SignatureField)
	}
	if u.UncheckedHeader != "" {
		o.AddText("uncheckedHeader", u.UncheckedHeader)
	}
	if u.SendsBy != "" {
		o.AddText("sendsBy", u.SendsBy)
	}
	o.Add("parameters", opa.Texts(u.Parameters))
	o.Add("unknownParameters", opa.Texts(u.UnknownParameters))
	return o.Term()
}
