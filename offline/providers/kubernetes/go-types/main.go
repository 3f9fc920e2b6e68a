// Writes types.json beside this folder: how Kubernetes' own Go types, which the official plugin passes every object through before it
// compares it, spell the fields of the kinds that the stand-in knows.
//
//	cd offline/providers/kubernetes/go-types && go run . > ../types.json && npx prettier --write ../types.json
//
// A field is described by a text: "?" first when it is left out where it says nothing (empty, false or zero), then its type: bool, int,
// float, string, bytes, any, quantity, intOrString, time or duration; "[]T" is a list of T, "{}T" a map to T, and any other word
// is one of the types here.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"strings"

	apps "k8s.io/api/apps/v1"
	autoscaling "k8s.io/api/autoscaling/v2"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	rbac "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

var kinds = map[string]any{
	"v1/ConfigMap":                             core.ConfigMap{},
	"v1/Namespace":                             core.Namespace{},
	"v1/PersistentVolumeClaim":                 core.PersistentVolumeClaim{},
	"v1/Pod":                                   core.Pod{},
	"v1/Secret":                                core.Secret{},
	"v1/Service":                               core.Service{},
	"v1/ServiceAccount":                        core.ServiceAccount{},
	"apps/v1/Deployment":                       apps.Deployment{},
	"apps/v1/StatefulSet":                      apps.StatefulSet{},
	"autoscaling/v2/HorizontalPodAutoscaler":   autoscaling.HorizontalPodAutoscaler{},
	"networking.k8s.io/v1/Ingress":             networking.Ingress{},
	"networking.k8s.io/v1/NetworkPolicy":       networking.NetworkPolicy{},
	"policy/v1/PodDisruptionBudget":            policy.PodDisruptionBudget{},
	"rbac.authorization.k8s.io/v1/Role":        rbac.Role{},
	"rbac.authorization.k8s.io/v1/RoleBinding": rbac.RoleBinding{},
}

// Types that write themselves.
var special = map[reflect.Type]string{
	reflect.TypeOf(resource.Quantity{}):  "quantity",
	reflect.TypeOf(intstr.IntOrString{}): "intOrString",
	reflect.TypeOf(meta.Time{}):          "time",
	reflect.TypeOf(meta.MicroTime{}):     "any",
	reflect.TypeOf(meta.Duration{}):      "duration",
	reflect.TypeOf(meta.FieldsV1{}):      "any",
}

type fields map[string]string

var types = map[string]fields{}
var names = map[string]reflect.Type{}

func describe(t reflect.Type) string {
	if name, ok := special[t]; ok {
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return describe(t.Elem())
	case reflect.Bool:
		return "bool"
	case reflect.String:
		return "string"
	case reflect.Int, reflect.Int32, reflect.Int64:
		return "int"
	case reflect.Float32, reflect.Float64:
		return "float"
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + describe(t.Elem())
	case reflect.Map:
		return "{}" + describe(t.Elem())
	case reflect.Struct:
		name := t.Name()
		if other, taken := names[name]; taken && other != t {
			panic("two types are called " + name)
		}
		names[name] = t
		if _, known := types[name]; !known {
			types[name] = fields{}
			addFields(types[name], t)
		}
		return name
	}
	panic(fmt.Sprintf("no description of %v", t))
}

func addFields(into fields, t reflect.Type) {
	for i := range t.NumField() {
		field := t.Field(i)
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if name == "-" {
			continue
		}
		if name == "" {
			inner := field.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			addFields(into, inner)
			continue
		}
		mark := ""
		// One that is pointed to says something whenever it is there.
		if strings.Contains(options, "omitempty") && field.Type.Kind() != reflect.Pointer && field.Type.Kind() != reflect.Struct {
			mark = "?"
		}
		into[name] = mark + describe(field.Type)
	}
}

func main() {
	result := map[string]any{"types": types}
	top := map[string]string{}
	for name, example := range kinds {
		top[name] = describe(reflect.TypeOf(example))
	}
	result["kinds"] = top
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(result); err != nil {
		panic(err)
	}
}
