import { parseTemplate, TemplateError } from './template.ts';

const value = {
  Name: 'web',
  State: { Pid: 7, Running: true },
  List: ['a', 'b'],
  Labels: { 'com.example/x': '1', b: '2' },
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
    ['{{`raw "text"`}}', 'raw "text"'],
  ])('renders %s', (source, expected) => {
    expect(render(source)).toBe(expected);
  });

  it.each([
    ['{{.Nmae}}', 'template: no field Nmae; there are Name, State, List, Labels, Label'],
    ['{{.Name.Deeper}}', 'template: no field Deeper'],
    ['{{range .List}}', 'template: function range is not supported'],
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
