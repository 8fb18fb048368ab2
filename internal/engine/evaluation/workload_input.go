package evaluation

import (
	"cmp"

	"github.com/chaperone-dev/chaperone/internal/engine/opa"
	"github.com/chaperone-dev/chaperone/internal/facts"
)

// encodeWorkload is the input of the entrypoint `workload`. Empty lists and false flags are left out.
func encodeWorkload(facts facts.Workload) opa.Value {
	var in opa.Object
	in.AddText("enforcement", cmp.Or(facts.Terms.Enforcement, "Deny"))
	if term := encodeTerms(facts.Terms); term != nil {
		in.Add("organisation", term)
	}
	if facts.Declaration != nil {
		in.Add("declaration", encodeDeclarationFacts(facts.Declaration))
	}
	in.Add("pod", encodePod(&facts.Pod, facts.Declaration != nil))
	in.Add("sidecar", encodeSidecar(&facts.Sidecar))
	in.AddFlag("breakGlass", facts.BreakGlass)
	in.Add("containers", opa.Array(facts.Containers, encodeContainer))
	opa.AddArray(&in, "ephemeral", facts.Ephemeral, encodeNamedField)
	opa.AddArray(&in, "names", facts.Names, encodeNamedField)
	in.AddTexts("portNames", facts.PortNames)
	opa.AddArray(&in, "ports", facts.Ports, encodeNumberField)
	opa.AddArray(&in, "hostPorts", facts.HostPorts, encodeNumberField)
	in.AddTexts("privileged", facts.Privileged)
	in.AddTexts("hostProcess", facts.HostProcess)
	opa.AddArray(&in, "addedCapabilities", facts.AddedCapabilities, encodeListField)
	opa.AddArray(&in, "missingResources", facts.MissingResources, encodeListField)
	opa.AddArray(&in, "literals", facts.Literals, encodeNamedField)
	opa.AddArray(&in, "modelURLs", facts.ModelURLs, encodeModelURL)
	return in.Term().Value
}

func encodeDeclarationFacts(d *facts.Declaration) *opa.Term {
	var o opa.Object
	o.AddText("name", d.Name)
	o.Add("ports", opa.Array(d.Ports, func(p facts.Port) *opa.Term {
		var port opa.Object
		port.AddText("name", p.Name)
		port.AddBool("app", p.App)
		port.AddBool("taken", p.Taken)
		return port.Term()
	}))
	o.AddTexts("regions", d.Regions)
	return o.Term()
}

func encodePod(p *facts.Pod, governed bool) *opa.Term {
	var o opa.Object
	o.AddBool("governed", governed)
	if p.Claims {
		o.AddText("chatbot", p.Chatbot)
	}
	o.AddBool("selected", p.Selected)
	o.AddTexts("labels", p.Labels)
	o.AddTexts("annotations", p.Annotations)
	o.AddFlag("hostNetwork", p.HostNetwork)
	o.AddFlag("hostPID", p.HostPID)
	o.AddFlag("hostIPC", p.HostIPC)
	o.AddFlag("shareProcessNamespace", p.ShareProcessNamespace)
	opa.AddArray(&o, "hostPaths", p.HostPaths, encodeNamedField)
	opa.AddArray(&o, "tokens", p.Tokens, encodeNamedField)
	if p.NodeSelectorRegion != "" {
		o.AddText("nodeSelectorRegion", p.NodeSelectorRegion)
	}
	opa.AddArray(&o, "regionTerms", p.RegionTerms, func(term [][]string) *opa.Term { return opa.Array(term, opa.Texts) })
	return o.Term()
}

func encodeNamedField(f facts.NamedField) *opa.Term {
	o := make(opa.Object, 0, 2)
	o.AddText("field", f.Field)
	o.AddText("name", f.Name)
	return o.Term()
}

func encodeNumberField(f facts.NumberField) *opa.Term {
	var o opa.Object
	o.AddText("field", f.Field)
	o.AddNumber("number", int(f.Number))
	return o.Term()
}

func encodeListField(f facts.ListField) *opa.Term {
	var o opa.Object
	o.AddText("field", f.Field)
	o.Add("words", opa.Texts(f.Words))
	return o.Term()
}

func encodeModelURL(f facts.ModelURL) *opa.Term {
	var o opa.Object
	o.AddText("field", f.Field)
	o.AddText("name", f.Name)
	if f.Value != "" {
		o.AddText("value", f.Value)
	}
	return o.Term()
}

func encodeContainer(c facts.Container) *opa.Term {
	var o opa.Object
	o.AddText("field", c.Field)
	o.AddText("image", c.Image)
	if c.RunAsUser != nil {
		o.AddNumber("runAsUser", int(*c.RunAsUser))
	}
	if c.RunAsNonRoot != nil {
		o.AddBool("runAsNonRoot", *c.RunAsNonRoot)
	}
	return o.Term()
}

func encodeSidecar(s *facts.Sidecar) *opa.Term {
	var o opa.Object
	o.AddText("name", s.Name)
	o.AddBool("present", s.Present)
	o.AddNumber("index", s.Index)
	o.AddTexts("differs", s.Differs)
	o.AddNumber("user", int(s.UserID))
	o.Add("upstreams", opa.Texts(s.Upstreams))
	o.Add("appPorts", opa.Texts(s.AppPorts))
	return o.Term()
}
