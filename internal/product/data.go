package product

import (
	"cmp"
	_ "embed"
	"fmt"
	"net/url"
	"path"
	"slices"
	"sync"

	"sigs.k8s.io/yaml"
)

//go:embed products.yaml
var productsFile []byte

//go:embed models.yaml
var modelsFile []byte

// Role says who talks to a product.
type Role string

// The roles.
const (
	// RoleChatbot: people talk to the product.
	RoleChatbot Role = "chatbot"
	// RoleModelServer: chatbots call the product, which runs a model.
	RoleModelServer Role = "model-server"
	// RoleGateway: chatbots call the product, which calls models.
	RoleGateway Role = "gateway"
	// RoleToolServer: chatbots call the product for tools and texts.
	RoleToolServer Role = "tool-server"
)

// Sureness says how an entry of the data became known.
type Sureness string

// The degrees of sureness.
const (
	// SureSource: read in the product's source code.
	SureSource Sureness = "A"
	// SureDocumented: read in documentation, or in a copy of the source code that may be outdated.
	SureDocumented Sureness = "B"
	// SureRecalled: from memory.
	SureRecalled Sureness = "C"
)

// Place is where a product keeps the URLs of the models that it calls.
type Place string

// The places.
const (
	PlaceEnvironment Place = "environment"
	// PlaceDatabase means that the product keeps the URLs in its own database, so no manifest shows them.
	PlaceDatabase Place = "database"
	// PlaceFile means that a file in the product's own format has the URLs.
	PlaceFile Place = "file"
	// PlaceNone: the product calls no model elsewhere.
	PlaceNone Place = "none"
)

// Product is one entry of products.yaml, whose head describes the fields.
type Product struct {
	Name      string   `json:"name"`
	Title     string   `json:"title"`
	Role      Role     `json:"role"`
	Shape     string   `json:"shape"`
	Images    []string `json:"images"`
	Ports     []int32  `json:"ports"`
	PortNames []string `json:"portNames,omitempty"`
	Variables []string `json:"variables,omitempty"`
	Commands  []string `json:"commands,omitempty"`
	Workers   []string `json:"workers,omitempty"`
	URLs      []OwnURL `json:"urls,omitempty"`
	Models    []Place  `json:"models"`
	Source    string   `json:"source"`
	Sure      Sureness `json:"sure"`
}

// OwnURL is a variable in which only the product keeps the URL of a service. products.yaml describes the fields.
type OwnURL struct {
	Variable string `json:"variable"`
	// Service is the name of the service.
	Service string `json:"service"`
	// Default is the base URL that the product calls if it has a credential of the service but not the variable; "" if there is none.
	Default string `json:"default,omitempty"`
}

// Neighbor is a program that runs alongside a product, and with which people do not chat. products.yaml describes the fields.
type Neighbor struct {
	Title    string   `json:"title"`
	Images   []string `json:"images"`
	Commands []string `json:"commands,omitempty"`
	Names    []string `json:"names,omitempty"`
	Source   string   `json:"source"`
	Sure     Sureness `json:"sure"`
}

// Service is one entry of models.yaml, whose head describes the fields. Shape is "" if the wire format is not known.
type Service struct {
	Name        string   `json:"name"`
	Title       string   `json:"title"`
	Shape       string   `json:"shape,omitempty"`
	URLs        []string `json:"urls"`
	Lists       []string `json:"lists,omitempty"`
	Listens     []string `json:"listens,omitempty"`
	Credentials []string `json:"credentials,omitempty"`
	Settings    []string `json:"settings,omitempty"`
	Hosts       []string `json:"hosts,omitempty"`
	Default     Default  `json:"default,omitzero"`
	Regional    Regional `json:"regional,omitzero"`
	// Messaging is nil for a service that serves models.
	Messaging *Messaging `json:"messaging,omitempty"`
	Source    string     `json:"source"`
	Sure      Sureness   `json:"sure"`
}

// Messaging says how bots get messages from a messaging service.
type Messaging struct {
	Secrets []string `json:"secrets,omitempty"`
	Sockets []string `json:"sockets,omitempty"`
}

// Default is what a client calls if it has a credential but no URL.
type Default struct {
	// URL is the base URL. It is "" if the service has none, or a different one for each customer.
	URL string `json:"url"`
	// Variable is the environment variable that changes the URL; "" if none is known.
	Variable string `json:"variable,omitempty"`
}

// Regional is the host of a service that has one in each region.
type Regional struct {
	// Host has `*` in place of the region. Variables are those with the region, the first one that is set counts.
	Host      string   `json:"host"`
	Variables []string `json:"variables"`
}

// Bases say by what a URL may be the base URL of a model. models.yaml describes the fields.
type Bases struct {
	Names []string `json:"names"`
	Paths []string `json:"paths"`
}

// Mentions say by what a URL is no call of a model. models.yaml describes the fields.
type Mentions struct {
	Names []string `json:"names"`
	Paths []string `json:"paths"`
}

// Words suggest a role by name where no product is recognized.
type Words struct {
	Chatbot     []string `json:"chatbot"`
	ModelServer []string `json:"model-server"`
}

// catalog is everything that is known: the content of products.yaml, whose comments describe the fields, and that of models.yaml.
type catalog struct {
	Products    []Product  `json:"products"`
	Neighbors   []Neighbor `json:"neighbors"`
	Words       Words      `json:"words"`
	CommonPorts []int32    `json:"commonPorts"`
	Others      []string   `json:"others"`
	Proxies     []string   `json:"proxies"`
	Services    []Service  `json:"services"`
	Mentions    Mentions   `json:"mentions"`
	Bases       Bases      `json:"bases"`
}

// known returns the embedded data. A test shows that it is valid, so the error of parse cannot occur in a program.
var known = sync.OnceValue(func() catalog {
	c, _ := parse(productsFile, modelsFile)
	return c
})

// parse decodes and checks the two files. The error says which entry cannot be used, and why.
func parse(products, models []byte) (catalog, error) {
	var c catalog
	if err := yaml.UnmarshalStrict(products, &c); err != nil {
		return catalog{}, fmt.Errorf("products.yaml: %w", err)
	}
	if len(c.Services) > 0 || len(c.Mentions.Names) > 0 {
		return catalog{}, fmt.Errorf("products.yaml: services and mentions belong in models.yaml")
	}
	// Decode into a struct that has only the fields of models.yaml, so that any other field is an error.
	if err := yaml.UnmarshalStrict(models, &struct {
		Services *[]Service `json:"services"`
		Mentions *Mentions  `json:"mentions"`
		Bases    *Bases     `json:"bases"`
	}{&c.Services, &c.Mentions, &c.Bases}); err != nil {
		return catalog{}, fmt.Errorf("models.yaml: %w", err)
	}
	for _, p := range c.Products {
		if err := cmp.Or(p.check(), c.checkOwnURLs(p)); err != nil {
			return catalog{}, fmt.Errorf("products.yaml: product %q: %w", p.Name, err)
		}
	}
	for _, n := range c.Neighbors {
		if err := n.check(); err != nil {
			return catalog{}, fmt.Errorf("products.yaml: neighbor %q: %w", n.Title, err)
		}
	}
	for _, s := range c.Services {
		if err := s.check(); err != nil {
			return catalog{}, fmt.Errorf("models.yaml: service %q: %w", s.Name, err)
		}
	}
	return c, nil
}

// checkOwnURLs returns an error if the product has a variable of its own for a service that is not known.
func (c catalog) checkOwnURLs(p Product) error {
	for _, own := range p.URLs {
		if !slices.ContainsFunc(c.Services, func(s Service) bool { return s.Name == own.Service }) || own.Variable == "" {
			return fmt.Errorf("urls has no variable, or the unknown service %q", own.Service)
		}
	}
	return nil
}

// check returns an error that says which field of the product cannot be used.
func (p Product) check() error {
	if !slices.Contains([]Role{RoleChatbot, RoleModelServer, RoleGateway, RoleToolServer}, p.Role) {
		return fmt.Errorf("role %q is not known", p.Role)
	}
	if p.Name == "" || p.Title == "" || p.Shape == "" || len(p.Images)+len(p.Commands) == 0 || len(p.Ports) == 0 || len(p.Models) == 0 {
		return fmt.Errorf("name, title, shape, images or commands, ports and models are needed")
	}
	for _, place := range p.Models {
		if !slices.Contains([]Place{PlaceEnvironment, PlaceDatabase, PlaceFile, PlaceNone}, place) {
			return fmt.Errorf("models %q is not known", place)
		}
	}
	return checkEntry(p.Source, p.Sure, p.Images, p.PortNames, p.Variables, p.Commands, p.Workers)
}

// check returns an error that says which field of the neighbor cannot be used.
func (n Neighbor) check() error {
	if n.Title == "" || len(n.Images) == 0 {
		return fmt.Errorf("title and images are needed")
	}
	return checkEntry(n.Source, n.Sure, n.Images, n.Commands, n.Names)
}

// check returns an error that says which field of the service cannot be used.
func (s Service) check() error {
	if s.Name == "" || s.Title == "" || len(s.URLs)+len(s.Credentials)+len(s.Hosts) == 0 {
		return fmt.Errorf("name, title, and urls, credentials or hosts are needed")
	}
	if v := s.Default.Variable; v != "" && !slices.Contains(s.URLs, v) {
		return fmt.Errorf("default.variable %q is not one of urls", v)
	}
	if u, err := url.Parse(s.Default.URL); err != nil || (s.Default.URL != "" && u.Host == "") {
		return fmt.Errorf("default.url %q is not a URL", s.Default.URL)
	}
	if err := s.checkMessaging(); err != nil {
		return err
	}
	return checkEntry(s.Source, s.Sure, s.URLs, s.Lists, s.Listens, s.Credentials, s.Settings, s.Hosts)
}

// checkMessaging returns an error that says which field of a messaging service cannot be used.
func (s Service) checkMessaging() error {
	if s.Messaging == nil {
		return nil
	}
	if s.Shape == "" || len(s.Credentials) == 0 {
		return fmt.Errorf("a messaging service needs shape and credentials")
	}
	return checkEntry(s.Source, s.Sure, s.Messaging.Secrets, s.Messaging.Sockets)
}

// checkEntry checks what products and services have in common: a source, its sureness, and patterns that path.Match can read.
func checkEntry(source string, sure Sureness, patterns ...[]string) error {
	if source == "" {
		return fmt.Errorf("source is needed")
	}
	if !slices.Contains([]Sureness{SureSource, SureDocumented, SureRecalled}, sure) {
		return fmt.Errorf("sure %q is not known", sure)
	}
	for _, pattern := range slices.Concat(patterns...) {
		if _, err := path.Match(pattern, ""); err != nil {
			return fmt.Errorf("pattern %q: %w", pattern, err)
		}
	}
	return nil
}

// matchesAny reports whether one of the patterns matches the whole name.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		isMatch, _ := path.Match(pattern, name) // checkEntry has shown that the pattern is well-formed.
		return isMatch
	})
}
