package main

import (
	"net/url"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// TestLocalWebhooksLeadToTheirPaths compares config/local, which names webhooks by their position, with what it is made of.
func TestLocalWebhooksLeadToTheirPaths(t *testing.T) {
	i := &installation{t: t}
	want, got := i.webhookPaths("config/webhook", "service", "path"), i.webhookPaths("config/local/webhook", "url")
	if diff := cmp.Diff(want, got); diff != "" || len(want) < 5 {
		t.Errorf("paths by webhook (-want +got):\n%s", diff)
	}
}

// webhookPaths returns the path of each webhook in the folder, by its name; it stands in this field of clientConfig, and is empty where
// that is missing.
func (i *installation) webhookPaths(folder string, field ...string) map[string]string {
	i.t.Helper()
	paths := map[string]string{}
	for _, object := range i.build(folder) {
		list, _, err := unstructured.NestedSlice(object.Object, "webhooks")
		if err != nil {
			i.t.Fatal(err)
		}
		for _, entry := range list {
			webhook := entry.(map[string]any)
			address, _, _ := unstructured.NestedString(webhook, append([]string{"clientConfig"}, field...)...)
			parsed, err := url.Parse(address)
			if err != nil {
				i.t.Fatal(err)
			}
			paths[webhook["name"].(string)] = parsed.Path
		}
	}
	return paths
}
