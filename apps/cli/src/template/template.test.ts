import { parseTemplate } from './template.ts';
import { TemplateError } from './template-error.ts';

const map = (entries: object): object => Object.assign(Object.create(null) as object, entries);

const value = {
  Name: 'web',
  State: { Pid: 7, Running: true },
  List: ['a', 'b'],
  Labels: { 'com.example/x': '1', b: '2' },
  Ports: map({ '80/tcp': [{ HostPort: '8080' }], '90/tcp': [] }),
  Label: (key: unknown) => `label ${String(key)}`,
};

const render = (source: string): string => parseTemplate(source)(value);

describe('parseTemplate', () => {
  it.each([
    ['plain', 'plain'],
    ['{{.Name}}', 'web'],
    ['{{ .State.Pid }}\\t{{.State.Running}}', '7\ttrue'],
    ['{{json .State}}', '{"Pid":7,"Running":true}'],
    ['{{json .}}', JSON.stringify(value)],
    ['{{upper .Name}}{{lower "X}}Y"}}', 'WEBx}}y'],
    ['{{join .List ", "}}', 'a, b'],
    ['{{.List}} {{.State}}', '[a b] map[Pid:7 Running:true]'],
    ['{{index .Labels "com.example/x"}}{{index .Labels "none"}}', '1'],
    ['{{.Label "a b"}}', 'label a b'],
    ['{{.Name | upper | json}}', '"WEB"'],
    ['{{len .List}} {{truncate .Name 2}} {{title .Name}}', '2 we Web'],
    ['a {{- .Name -}} b', 'awebb'],
    ['{{println .Name}}', 'web\n'],
    ['{{range .List}}<{{.}}>{{end}}', '<a><b>'],
    ['{{range $i, $x := .List}}{{$i}}{{$x}}{{$.Name}} {{end}}', '0aweb 1bweb '],
    ['{{range $port, $bound := .Ports}}{{$port}}={{range $bound}}{{.HostPort}}{{else}}none{{end}};{{end}}', '80/tcp=8080;90/tcp=none;'],
    ['{{(index (index .Ports "80/tcp") 0).HostPort}}', '8080'],
    ['{{if .State.Running}}up{{else}}down{{end}}', 'up'],
    ['{{if eq .Name "db"}}a{{else if gt .State.Pid 5}}b{{else}}c{{end}}', 'b'],
    ['{{with .State}}{{.Pid}}{{end}}{{with .Ports.none}}x{{else}}y{{end}}', '7y'],
    ['{{$x := .Name}}{{$x}} {{$x | upper}}', 'web WEB'],
    ['{{and .Name (not .State.Running)}} {{or "" .Name}}', 'false web'],
    ['{{printf "%s-%03d %q" .Name .State.Pid "x"}}', 'web-007 "x"'],
    ['{{slice .Name 1}} {{.Ports.none}}', 'eb <no value>'],
    ['a{{/* a remark */}}b', 'ab'],
    ['{{`raw "text"`}}', 'raw "text"'],
  ])('renders %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    ['{{.Nmae}}', 'template: no field Nmae; there are Name, State, List, Labels, Ports, Label'],
    ['{{.Name.Deeper}}', 'template: no field Deeper'],
    ['{{range .List}}', 'template: {{range .List}} has no {{end}}'],
    ['{{end}}', 'template: unexpected {{end}}'],
    ['{{range .Name}}{{end}}', 'template: range cannot go through web'],
    ['{{(.Name}}', 'template: unclosed bracket in {{(.Name}}'],
    ['{{.Name)}}', 'template: cannot read )'],
    ['{{index .List 5}}', 'template: index out of range: 5'],
    ['{{.Name', 'template: unclosed action: {{.Name'],
    ['{{}}', 'template: missing value in {{}}'],
    ['{{.Name "x"}}', 'template: .Name takes no arguments'],
    ['{{join .Name ","}}', 'template: join needs a list'],
    ['{{$x}}', 'template: cannot read $x'],
  ])('refuses %s', (source, message) => {
    expect(() => render(source)).toThrow(new TemplateError(message));
  });

  it('finds no inherited properties', () => {
    expect(() => render('{{.constructor}}')).toThrow('no field constructor');
    expect(() => render('{{constructor .Name}}')).toThrow('function constructor is not supported');
  });
});
