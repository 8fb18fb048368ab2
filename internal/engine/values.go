package engine

import (
	"cmp"

	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/chaperone-dev/chaperone/internal/facts"
)

// object collects the members of an object for OPA. Built directly, it costs a fraction of the way over JSON.
type object [][2]*ast.Term

func (o *object) add(key string, value *ast.Term) {
	*o = append(*o, ast.Item(ast.InternedTerm(key), value))
}

func (o *object) text(key, value string) { o.add(key, ast.StringTerm(value)) }

func (o *object) texts(key string, values []string) {
	if len(values) > 0 {
		o.add(key, texts(values))
	}
}

func (o *object) textMap(key string, values map[string]string) {
	if len(values) == 0 {
		return
	}
	var texts object
	for name, value := range values {
		texts.text(name, value)
	}
	o.add(key, texts.term())
}

func (o *object) flag(key string, value bool) {
	if value {
		o.add(key, ast.InternedTerm(true))
	}
}

func (o object) term() *ast.Term { return ast.ObjectTerm(o...) }

func texts(values []string) *ast.Term {
	return array(values, ast.StringTerm)
}

func array[T any](values []T, term func(T) *ast.Term) *ast.Term {
	terms := make([]*ast.Term, len(values))
	for i := range values {
		terms[i] = term(values[i])
	}
	return ast.ArrayTerm(terms...)
}

// addAll adds an array of terms; an empty one is left out.
func addAll[T any](o *object, key string, values []T, term func(T) *ast.Term) {
	if len(values) > 0 {
		o.add(key, array(values, term))
	}
}

// workloadValue is the input of the entrypoint `workload`. Empty lists and false flags are left out.
func workloadValue(facts facts.Workload) ast.Value {
	var in object
	in.text("enforcement", cmp.Or(facts.Terms.Enforcement, "Deny"))
	if term := termsTerm(facts.Terms); term != nil {
		in.add("organisation", term)
	}
	if facts.Declaration != nil {
		in.add("declaration", declarationTerm(facts.Declaration))
	}
	in.add("pod", podTerm(&facts.Pod, facts.Declaration != nil))
	in.add("sidecar", sidecarTerm(&facts.Sidecar))
	in.flag("breakGlass", facts.BreakGlass)
	in.add("containers", array(facts.Containers, containerTerm))
	addAll(&in, "ephemeral", facts.Ephemeral, namedField)
	addAll(&in, "names", facts.Names, namedField)
	in.texts("portNames", facts.PortNames)
	addAll(&in, "ports", facts.Ports, numberField)
	addAll(&in, "hostPorts", facts.HostPorts, numberField)
	in.texts("privileged", facts.Privileged)
	in.texts("hostProcess", facts.HostProcess)
	addAll(&in, "addedCapabilities", facts.AddedCapabilities, listField)
	addAll(&in, "missingResources", facts.MissingResources, listField)
	addAll(&in, "literals", facts.Literals, namedField)
	addAll(&in, "modelURLs", facts.ModelURLs, modelURL)
	return in.term().Value
}

func declarationTerm(d *facts.Declaration) *ast.Term {
	var o object
	o.text("name", d.Name)
	o.add("ports", array(d.Ports, func(p facts.Port) *ast.Term {
		var port object
		port.text("name", p.Name)
		port.add("app", ast.InternedTerm(p.App))
		port.add("taken", ast.InternedTerm(p.Taken))
		return port.term()
	}))
	o.texts("regions", d.Regions)
	return o.term()
}

func podTerm(p *facts.Pod, governed bool) *ast.Term {
	var o object
	o.add("governed", ast.InternedTerm(governed))
	if p.Claims {
		o.text("chatbot", p.Chatbot)
	}
	o.add("selected", ast.InternedTerm(p.Selected))
	o.texts("labels", p.Labels)
	o.texts("annotations", p.Annotations)
	o.flag("hostNetwork", p.HostNetwork)
	o.flag("hostPID", p.HostPID)
	o.flag("hostIPC", p.HostIPC)
	o.flag("shareProcessNamespace", p.ShareProcessNamespace)
	addAll(&o, "hostPaths", p.HostPaths, namedField)
	addAll(&o, "tokens", p.Tokens, namedField)
	if p.NodeSelectorRegion != "" {
		o.text("nodeSelectorRegion", p.NodeSelectorRegion)
	}
	addAll(&o, "regionTerms", p.RegionTerms, func(term [][]string) *ast.Term { return array(term, texts) })
	return o.term()
}

func namedField(f facts.NamedField) *ast.Term {
	return ast.ObjectTerm(
		ast.Item(ast.InternedTerm("field"), ast.StringTerm(f.Field)), ast.Item(ast.InternedTerm("name"), ast.StringTerm(f.Name)),
	)
}

func numberField(f facts.NumberField) *ast.Term {
	var o object
	o.text("field", f.Field)
	o.add("number", ast.InternedTerm(int(f.Number)))
	return o.term()
}

func listField(f facts.ListField) *ast.Term {
	var o object
	o.text("field", f.Field)
	o.add("words", texts(f.Words))
	return o.term()
}

func modelURL(f facts.ModelURL) *ast.Term {
	var o object
	o.text("field", f.Field)
	o.text("name", f.Name)
	if f.Value != "" {
		o.text("value", f.Value)
	}
	return o.term()
}

func containerTerm(c facts.Container) *ast.Term {
	var o object
	o.text("field", c.Field)
	o.text("image", c.Image)
	if c.RunAsUser != nil {
		o.add("runAsUser", ast.InternedTerm(int(*c.RunAsUser)))
	}
	if c.RunAsNonRoot != nil {
		o.add("runAsNonRoot", ast.InternedTerm(*c.RunAsNonRoot))
	}
	return o.term()
}

func sidecarTerm(s *facts.Sidecar) *ast.Term {
	var o object
	o.text("name", s.Name)
	o.add("present", ast.InternedTerm(s.Present))
	o.add("index", ast.InternedTerm(s.Index))
	o.texts("differs", s.Differs)
	o.add("user", ast.InternedTerm(int(s.UserID)))
	o.add("upstreams", texts(s.Upstreams))
	o.add("appPorts", texts(s.AppPorts))
	return o.term()
}
