package main

import (
	"context"
	"crypto/tls"
	_ "embed"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/go-logr/logr"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	clocktesting "k8s.io/utils/clock/testing"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log"
	ctrlwebhook "sigs.k8s.io/controller-runtime/pkg/webhook"
	"sigs.k8s.io/controller-runtime/pkg/webhook/admission"
	"sigs.k8s.io/yaml"

	"github.com/chaperone-dev/chaperone/api/v1alpha1"
	"github.com/chaperone-dev/chaperone/internal/contract"
	"github.com/chaperone-dev/chaperone/internal/engine"
	"github.com/chaperone-dev/chaperone/internal/webhook"
	"github.com/chaperone-dev/chaperone/policies"
)

const (
	kindNoop      = "noop"
	kindChaperone = "chaperone"
	// image stands for the sidecar's; nothing pulls it.
	image       = "registry.example/chaperone/sidecar@sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
	metricsPath = "/metrics"
)

//go:embed declaration.yaml
var declarationYAML []byte

// today is the day for which every server decides.
func today() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) }

// declarations returns the declarations by which every server decides, each in a namespace of its own. That of declaration.yaml is the first.
func declarations() ([]*v1alpha1.ChatbotDeployment, error) {
	first := &v1alpha1.ChatbotDeployment{}
	if err := yaml.UnmarshalStrict(declarationYAML, first); err != nil {
		return nil, fmt.Errorf("read declaration.yaml: %w", err)
	}
	all := []*v1alpha1.ChatbotDeployment{first}
	for i := 1; i < mixedDeclarations; i++ {
		d := first.DeepCopy()
		d.Namespace = fmt.Sprintf("%s-%02d", first.Namespace, i)
		all = append(all, d)
	}
	return all, nil
}

// serve runs one server until the context ends. Both kinds use controller-runtime's server with the same TLS settings.
func serve(ctx context.Context, kind, address, certificates string) error {
	log.SetLogger(logr.Discard())
	host, text, err := net.SplitHostPort(address)
	if err != nil {
		return err
	}
	port, err := strconv.Atoi(text)
	if err != nil {
		return err
	}
	server := ctrlwebhook.NewServer(ctrlwebhook.Options{Host: host, Port: port, CertDir: certificates, TLSOpts: []func(*tls.Config){
		func(c *tls.Config) { c.MinVersion, c.NextProtos = tls.VersionTLS13, []string{"http/1.1"} },
	}})
	switch kind {
	case kindNoop:
		handler, err := noop()
		if err != nil {
			return err
		}
		server.Register(contract.PathValidatePods, handler)
	case kindChaperone:
		handler, metrics, err := chaperone(ctx)
		if err != nil {
			return err
		}
		server.Register(contract.PathValidatePods, handler)
		server.Register(metricsPath, metrics)
	default:
		return fmt.Errorf("no server of kind %q", kind)
	}
	return server.Start(ctx)
}

func noop() (http.Handler, error) {
	scheme := runtime.NewScheme()
	if err := corev1.AddToScheme(scheme); err != nil {
		return nil, err
	}
	decoder := admission.NewDecoder(scheme)
	return &admission.Webhook{Handler: admission.HandlerFunc(func(_ context.Context, req admission.Request) admission.Response {
		pod := &corev1.Pod{}
		if err := decoder.Decode(req, pod); err != nil {
			return admission.Errored(http.StatusBadRequest, err)
		}
		return admission.Allowed("")
	})}, nil
}

func chaperone(ctx context.Context) (handler, metrics http.Handler, err error) {
	engine, err := engine.New(ctx, policies.FS)
	if err != nil {
		return nil, nil, err
	}
	all, err := declarations()
	if err != nil {
		return nil, nil, err
	}
	byNamespace := only{}
	for _, d := range all {
		byNamespace[d.Namespace] = d
	}
	registry := prometheus.NewRegistry()
	handlers, err := webhook.NewHandlers(webhook.Options{
		Engine: engine, Image: image, Clock: clocktesting.NewFakePassiveClock(today()), Reader: byNamespace, Live: byNamespace, Metrics: registry,
	})
	if err != nil {
		return nil, nil, err
	}
	return handlers[contract.PathValidatePods], promhttp.HandlerFor(registry, promhttp.HandlerOpts{}), nil
}

// only is a cache that holds one declaration for each namespace.
type only map[string]*v1alpha1.ChatbotDeployment

func (o only) Get(_ context.Context, key client.ObjectKey, object client.Object, _ ...client.GetOption) error {
	if kind := object.GetObjectKind().GroupVersionKind().Kind; kind != "Namespace" {
		return fmt.Errorf("%s %q: the webhooks only read the namespace of a pod", kind, key)
	}
	object.SetName(key.Name)
	object.SetResourceVersion("1")
	object.SetLabels(map[string]string{corev1.LabelMetadataName: key.Name})
	return nil
}

func (o only) Create(context.Context, client.Object, ...client.CreateOption) error {
	return errors.New("pods ask for nobody's rights")
}

func (o only) List(_ context.Context, list client.ObjectList, options ...client.ListOption) error {
	var asked client.ListOptions
	asked.ApplyOptions(options)
	into, ok := list.(*v1alpha1.ChatbotDeploymentList)
	if d := o[asked.Namespace]; ok && d != nil {
		into.Items = []v1alpha1.ChatbotDeployment{*d}
	}
	return nil
}
