/*
 * report_style.h
 *		The style sheet of a report: light and dark, on screens and on paper.
 */
#ifndef TCS_REPORT_STYLE_H
#define TCS_REPORT_STYLE_H

#define TCS_REPORT_LIGHT \
	"color-scheme:light;--ground:#f5f6f8;--card:#fff;--ink:#17202b;--soft:#566270;--line:#e2e6eb;" \
	"--model:#b8560b;--fill:#3f83bd;--track:#eef1f5;--area:#d5e5f3;--stay:#eceff2;" \
	"--h0:#f5f7fa;--h1:#e4eef8;--h2:#d0e2f2;--h3:#b6d2ea;--h4:#97c0e2;--h5:#76abd7;--h6:#5a99cb;--h7:#2f73b0;--h8:#1f5a96;--h9:#134377;" \
	"--low:#17202b;--high:#fff;--middle:#17202b;"

#define TCS_REPORT_DARK \
	"color-scheme:dark;--ground:#0e141c;--card:#161e29;--ink:#e6ebf1;--soft:#9aa7b6;--line:#29333f;" \
	"--model:#f0a04b;--fill:#5b9bd5;--track:#222c38;--area:#20374f;--stay:#262f3a;" \
	"--h0:#1a2430;--h1:#1b2d43;--h2:#1d3856;--h3:#20456b;--h4:#235482;--h5:#286499;--h6:#2f73ae;--h7:#6da7da;--h8:#93c0e7;--h9:#bddaf4;" \
	"--low:#e6ebf1;--high:#0e141c;--middle:#fff;"

/*
 * Where there is no room for columns, a table is told row by row: each cell
 * with the name of its column, which it carries, above it.
 */
#define TCS_REPORT_STACK \
	".stack,.stack tbody,.stack tfoot,.stack caption{display:block}.stack thead,.stack .bar,.stack .none{display:none}\n" \
	".stack tr{display:grid;grid-template-columns:repeat(3,minmax(0,1fr));gap:6px 12px;border-top:1px solid var(--line);padding:10px 0}\n" \
	".stack tfoot tr{border-top-width:2px}\n" \
	".stack td,.stack tbody th,.stack tfoot th{display:block;border:0;padding:0;text-align:left;min-width:0;white-space:normal;overflow-wrap:anywhere}\n" \
	".stack tbody th,.stack tfoot th{grid-column:1/-1}\n" \
	".stack td[data-l]::before{content:attr(data-l);display:block;font-size:12px;color:var(--soft);font-weight:400}\n" \
	".flows tr{grid-template-columns:repeat(6,minmax(0,1fr))}.stack.flows tbody th{grid-column:span 3}.flows td{grid-column:span 2}.flows tbody th+th::before{content:'\\2192\\a0'}\n" \
	".rules tr{grid-template-columns:auto minmax(0,1fr)}.rules td{grid-column:1/-1}.rules td:first-child{grid-column:1}.stack.rules tbody th{grid-column:2}\n"

/* On screens where the sections stand one below the other. */
#define TCS_REPORT_NARROW \
	"main{padding:24px 12px 40px}h1{font-size:24px}.tiles{grid-template-columns:repeat(2,minmax(0,1fr));gap:10px;margin-top:18px}.tile{padding:12px 13px}.tile dd{font-size:21px}\n" \
	"section{padding:18px 15px 20px;margin-top:12px}.lead{margin-bottom:12px}.heat td{height:54px;font-size:13px}\n" \
	".matrix td{min-width:27px;font-size:11.5px;padding:0 1px}.matrix tbody th{min-width:84px;padding-right:6px;font-size:12px}.matrix td.total{padding-left:6px}.dense td{min-width:22px;font-size:10px}\n" \
	".chart text{font-size:13.5px}.pics{gap:24px}.stack.parameters tr{grid-template-columns:repeat(2,minmax(0,1fr))}.stack.parameters .meaning{grid-column:1/-1}\n" \
	TCS_REPORT_STACK

#define TCS_REPORT_PRINT \
	"body{font-size:11px}main{max-width:none;padding:0}h1{font-size:22px}h2{font-size:14px}.lead{margin-bottom:8px}\n" \
	"section{padding:12px 14px 14px;margin-top:10px}.two{gap:10px}.two section{margin-top:10px}\n" \
	".tiles{grid-template-columns:repeat(5,minmax(0,1fr));gap:8px;margin-top:14px}.tile{padding:8px 9px}.tile dd{font-size:16px}.tile dt,.tile dd.more,th,caption,.note,footer{font-size:9.5px}\n" \
	"code,.one p,.one h3,.who h3,.matrix tbody th{font-size:10px}\n" \
	"td,tbody th,tfoot th,tfoot td{font-size:10.5px;padding:3px 6px}th{padding:3px 6px}.segments tbody th{min-width:90px}.rules .rule,.rules .advice{min-width:0;font-size:10px}\n" \
	".heat td{height:40px;font-size:11px}.heat td small{font-size:9px}.plot{max-width:250px}.many{grid-template-columns:repeat(auto-fill,minmax(140px,1fr));gap:12px 14px}.one svg{height:36px}\n" \
	".matrix td{height:22px;min-width:0;font-size:10px}.matrix tbody th{max-width:150px}.dense td{font-size:8px;height:16px;padding:0}.densest td{font-size:6px;height:13px}.densest tbody th{max-width:110px;font-size:7px}.densest thead th{font-size:6px}.matrix td.total{padding-left:4px}\n" \
	"*{-webkit-print-color-adjust:exact;print-color-adjust:exact}\n" \
	".whos{display:block;columns:3;column-gap:8px}.cards{grid-template-columns:repeat(3,minmax(0,1fr));gap:0 8px;align-items:start}.card,.who{break-inside:avoid;margin-bottom:8px}.card{padding:8px 10px 9px}.card h3{font-size:12px}.card p,.card dt,.card dd span,.card dd i,.who p{font-size:9.5px}.card h4{margin-top:5px;font-size:9.5px}.card li{font-size:10px;margin-top:2px}.card li span{font-size:9.5px}.card dt{margin-top:5px}.card dd{font-size:10.5px}.card dd svg{height:5px}\n" \
	".who p.say{font-size:9.5px}.who td,.who tbody th{font-size:9.5px;padding:1px 4px 1px 0}.who th{padding:1px 4px 1px 0}.who tbody th,.flows tbody th{min-width:0}.n small{font-size:9.5px}\n" \
	".lists{display:block}.wide tbody th{width:18%}\n" \
	".tile,tr,.one,.plots,#causes,#lorenz,#scores,#sizes,#migration,#predictions{break-inside:avoid}h2,h3,.lead,caption,thead{break-after:avoid}.note{break-before:avoid}h2,.lead,.about{break-inside:avoid}\n" \
	".pics{grid-template-columns:repeat(2,minmax(0,1fr));gap:14px 18px}.chart{max-width:236px}.chart text{font-size:13.5px}.parameters tbody th{font-size:10.5px}figure,#verdict,#left-out,#models>div>div{break-inside:avoid}figcaption,h3{font-size:11px}.key,.meaning,.notes{font-size:9.5px}.verdict{font-size:13px}.advice{margin:6px 0 8px}\n" \
	"details:not([open]){display:none}.scroll{overflow:visible;background:none}\n"

#define TCS_REPORT_STYLE \
	":root{" TCS_REPORT_LIGHT "}\n" \
	"@media (prefers-color-scheme:dark){:root{" TCS_REPORT_DARK "}}\n" \
	"*{box-sizing:border-box}\n" \
	"html{-webkit-text-size-adjust:100%}\n" \
	"body{margin:0;background:var(--ground);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue','Liberation Sans',Arial,'PingFang SC','Microsoft YaHei','Noto Sans CJK SC','Noto Sans SC',sans-serif}\n" \
	"main{max-width:1120px;margin:0 auto;padding:44px 24px 56px}\n" \
	"h1{margin:0;font-size:30px;line-height:1.2;font-weight:650;letter-spacing:-.02em;overflow-wrap:anywhere}\n" \
	"h2{margin:0 0 2px;font-size:18px;line-height:1.3;font-weight:650;letter-spacing:-.01em}\n" \
	"h1:lang(zh),h2:lang(zh),.tile dd:lang(zh){letter-spacing:0}\n" \
	"p{margin:0}\n" \
	".about{margin-top:6px;color:var(--soft);overflow-wrap:anywhere}\n" \
	".about b{color:var(--ink);font-weight:550}\n" \
	".lead{color:var(--soft);margin-bottom:16px;max-width:78ch;overflow-wrap:anywhere}\n" \
	".note{color:var(--soft);font-size:13px;margin-top:12px}.note+.note{margin-top:2px}\n" \
	".tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(170px,1fr));gap:14px;margin:26px 0 0;padding:0}\n" \
	".tile{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:16px 18px 14px;min-width:0}\n" \
	".tile dt{color:var(--soft);font-size:13px}\n" \
	".tile dd{margin:2px 0 0;font-size:clamp(21px,2.1vw,25px);line-height:1.25;font-weight:600;letter-spacing:-.02em;font-variant-numeric:tabular-nums;overflow-wrap:anywhere}\n" \
	".tile dd.more{font-size:13px;line-height:1.4;font-weight:400;letter-spacing:0;color:var(--soft);margin-top:2px}\n" \
	".tile small{font-size:inherit}\n" \
	"section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:24px 26px 26px;margin-top:18px;min-width:0}\n" \
	".two{display:grid;grid-template-columns:minmax(0,1fr) minmax(0,1fr);gap:18px}.lists{grid-template-columns:minmax(0,3fr) minmax(0,2fr)}\n" \
	"@media screen and (max-width:900px){.two,.lists{grid-template-columns:minmax(0,1fr);gap:0}}\n" \
	"thead td{border:0}\n" \
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}\n" \
	"caption{text-align:left;color:var(--soft);font-size:13px;padding-bottom:4px}\n" \
	"th{font-weight:500;font-size:13px;color:var(--soft);text-align:left;vertical-align:bottom;padding:6px 10px}\n" \
	"td,tbody th{padding:7px 10px;border-top:1px solid var(--line);vertical-align:middle}\n" \
	"tbody th{font-size:15px;color:var(--ink);font-weight:500;overflow-wrap:anywhere;min-width:100px}\n" \
	".segments tbody th{min-width:150px}\n" \
	"th:first-child,td:first-child{padding-left:0}\n" \
	"th:last-child,td:last-child{padding-right:0}\n" \
	"tfoot td,tfoot th{border-top:2px solid var(--line);font-weight:600;color:var(--ink);font-size:15px;padding-top:8px;vertical-align:middle}\n" \
	".n{text-align:right}td.n,.nowrap{white-space:nowrap}\n" \
	".n small{color:var(--soft);font-size:12.5px}\n" \
	".soft{color:var(--soft)}\n" \
	"i{color:var(--soft)}\n" \
	".bar{width:10%;min-width:40px}\n" \
	".bar svg{display:block;width:100%;height:10px;border-radius:3px}\n" \
	".track{fill:var(--track)}\n" \
	".fill{fill:var(--fill)}\n" \
	".rules th,.rules td{vertical-align:top}\n" \
	".rules tbody th{min-width:120px}.rules .rule{min-width:260px}.rules .advice{min-width:220px;font-size:14px;color:var(--soft);overflow-wrap:anywhere}\n" \
	"code{font:13px/1.45 ui-monospace,SFMono-Regular,Menlo,Consolas,'Liberation Mono',monospace;white-space:pre-wrap;overflow-wrap:anywhere}\n" \
	".heat{table-layout:fixed;border-collapse:separate;border-spacing:3px}\n" \
	".heat td,.heat th{border:0;padding:0;text-align:center;vertical-align:middle}\n" \
	".heat thead th{padding-bottom:4px}\n" \
	".heat td{border-radius:6px;height:66px;font-size:14px;line-height:1.2}\n" \
	".heat td small{display:block;font-size:11px}\n" \
	".heat tbody th{min-width:0;width:auto;font-size:13px;color:var(--soft);font-weight:500}\n" \
	".h0{background:var(--h0);color:var(--soft)}.h1{background:var(--h1);color:var(--low)}.h2{background:var(--h2);color:var(--low)}" \
	".h3{background:var(--h3);color:var(--low)}.h4{background:var(--h4);color:var(--low)}.h5{background:var(--h5);color:var(--middle)}" \
	".h6{background:var(--h6);color:var(--middle)}.h7{background:var(--h7);color:var(--high)}.h8{background:var(--h8);color:var(--high)}.h9{background:var(--h9);color:var(--high)}\n" \
	".stay{background:var(--stay);color:var(--soft)}\n" \
	".scroll{overflow-x:auto;" \
	"background:linear-gradient(90deg,var(--card) 24px,transparent),linear-gradient(270deg,var(--card) 24px,transparent) 100% 0,radial-gradient(farthest-side at 0 50%,rgba(0,0,0,.28),transparent),radial-gradient(farthest-side at 100% 50%,rgba(0,0,0,.28),transparent) 100% 0;" \
	"background-repeat:no-repeat;background-size:48px 100%,48px 100%,16px 100%,16px 100%;background-attachment:local,local,scroll,scroll}\n" \
	".matrix{border-collapse:separate;border-spacing:2px;width:auto}.wide{min-width:100%}\n" \
	".matrix td,.matrix th{border:0;padding:0}\n" \
	".matrix td{height:34px;min-width:34px;text-align:center;font-size:12.5px;border-radius:4px;padding:0 3px}\n" \
	".matrix tbody th{font-size:13px;padding:3px 10px 3px 0;min-width:110px;max-width:230px;line-height:1.25}\n" \
	".matrix tbody th b{font-weight:500;color:var(--soft);font-size:12px;display:inline-block;min-width:1.4em}\n" \
	".matrix thead th{padding:0 2px 6px;vertical-align:bottom;text-align:center}\n" \
	".matrix thead th.corner{text-align:left;font-size:12px}\n" \
	".matrix td.total{color:var(--soft);text-align:right;padding-left:10px}\n" \
	".matrix thead th.n{text-align:right;padding-left:12px}\n" \
	".dense td{height:24px;min-width:24px;font-size:10.5px;padding:0 1px}\n" \
	".dense tbody th{font-size:12px;padding:1px 8px 1px 0}.dense thead th{font-size:11px}\n" \
	".many{display:grid;grid-template-columns:repeat(auto-fill,minmax(228px,1fr));gap:22px 26px}\n" \
	".one h3{margin:0;font-size:14px;line-height:1.3;font-weight:550;overflow-wrap:anywhere}\n" \
	".one p{font-size:13px;color:var(--soft);font-variant-numeric:tabular-nums}\n" \
	".one p b{color:var(--ink);font-weight:600}.one small{font-size:inherit}\n" \
	".one{display:flex;flex-direction:column;justify-content:flex-end;min-width:0}\n" \
	".one svg{display:block;width:100%;height:52px;margin-top:6px}\n" \
	".area{fill:var(--area)}\n" \
	".line{fill:none;stroke:var(--fill);stroke-width:2;vector-effect:non-scaling-stroke;stroke-linejoin:round}\n" \
	".base{stroke:var(--line);stroke-width:1;vector-effect:non-scaling-stroke}\n" \
	".plot{display:block;width:100%;max-width:460px;height:auto;margin:0 auto}\n" \
	".plot text{fill:var(--soft);font-size:12px}\n" \
	".plot .say{fill:var(--ink);font-size:12.5px;font-weight:550}\n" \
	".grid{stroke:var(--line);stroke-width:1}\n" \
	".even{stroke:var(--soft);stroke-width:1.25;stroke-dasharray:4 4}\n" \
	".dot{fill:var(--fill);stroke:var(--card);stroke-width:2}\n" \
	".cards{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:16px}\n" \
	".card{border:1px solid var(--line);border-radius:10px;padding:14px 16px 16px;min-width:0}\n" \
	".card h3,.who h3{margin:0;font-size:15px;line-height:1.3;font-weight:650;overflow-wrap:anywhere}\n" \
	".card p{font-size:13px;color:var(--soft);font-variant-numeric:tabular-nums}\n" \
	".card p.say,.who p.say{color:var(--ink);margin-top:8px;overflow-wrap:anywhere}\n" \
	".who p.say{font-size:13px;color:var(--soft);margin-top:2px}\n" \
	".whos{display:grid;grid-template-columns:repeat(auto-fill,minmax(290px,1fr));gap:26px 30px}.who{min-width:0}\n" \
	"thead bdi{overflow-wrap:anywhere}.who tbody th{min-width:0}.who table{margin-top:8px}.who td,.who tbody th{font-size:14px;padding-top:4px;padding-bottom:4px}.who th{padding-top:4px;padding-bottom:4px}\n" \
	".card dl{margin:12px 0 0}\n" \
	".card h4{margin:12px 0 0;font-size:12px;font-weight:600;color:var(--soft)}.card ul{margin:2px 0 0;padding:0;list-style:none}\n" \
	".card li{font-size:13.5px;line-height:1.4;margin-top:4px;overflow-wrap:anywhere;font-variant-numeric:tabular-nums}.card li b{font-weight:600}.card li span{color:var(--soft);font-size:12.5px}\n" \
	".card dt{color:var(--soft);font-size:12px;margin-top:10px;overflow-wrap:anywhere}\n" \
	".card dd{margin:0;font-size:14px;line-height:1.4;display:grid;grid-template-columns:minmax(0,1fr) auto;gap:0 12px;align-items:baseline}\n" \
	".card dd b{font-weight:550;overflow-wrap:anywhere}\n" \
	".card dd i{font-style:normal;font-size:13px}\n" \
	".card dd span span{font-size:inherit}\n" \
	".card dd span{color:var(--soft);font-size:12.5px;font-variant-numeric:tabular-nums;white-space:nowrap}\n" \
	".card dd svg{grid-column:1/3;display:block;width:100%;height:7px;margin:3px 0 6px;overflow:visible}\n" \
	".mark{stroke:var(--ink);stroke-width:2;vector-effect:non-scaling-stroke}\n" \
	".pics{display:grid;grid-template-columns:repeat(auto-fit,minmax(min(100%,400px),1fr));gap:26px 34px}\n" \
	"figure{margin:0;min-width:0}figure .note{margin-top:2px}figcaption{font-size:14px;font-weight:600;line-height:1.35}h3{margin:0;font-size:15px;line-height:1.3;font-weight:600}\n" \
	".key{font-size:13px;color:var(--soft);display:flex;flex-wrap:wrap;gap:0 16px;margin:1px 0 2px}\n" \
	".key span::before{content:'';display:inline-block;width:20px;margin-right:6px;vertical-align:middle;border-top:3px solid var(--fill)}.key .by-line.model::before{border-top:3px dashed var(--model)}\n" \
	".key .by-bar::before{width:11px;border-top:11px solid var(--fill)}.key .by-bar.model::before{border-top-color:var(--model)}\n" \
	".chart{display:block;width:100%;height:auto;max-width:520px;overflow:visible}.chart text{fill:var(--soft);font-size:11.5px;font-variant-numeric:tabular-nums}\n" \
	".chart .say{fill:var(--fill);font-size:12.5px;font-weight:650}.chart .say.model,.chart text.model{fill:var(--model)}\n" \
	".line.model{stroke:var(--model);stroke-dasharray:6 4}.fill.model{fill:var(--model)}\n" \
	".zero{stroke:var(--soft);stroke-width:1}.cut{stroke:var(--ink);stroke-width:1;stroke-dasharray:2 3}.whisker{stroke:var(--fill);stroke-width:1.5}\n" \
	".verdict{font-size:17px;line-height:1.45;max-width:72ch;margin-top:8px}.verdict b{font-weight:650}.advice,.notes{margin:10px 0 14px;padding-left:20px;max-width:78ch}.advice li{margin-top:4px}.notes{font-size:13px;color:var(--soft)}\n" \
	".models h3+.lead{margin-bottom:6px}#model-churn{margin-top:22px}.models table+h3,.models ul+h3{margin-top:20px}.meaning{font-size:13px;overflow-wrap:anywhere}.why{color:var(--soft)}.parameters tbody th{min-width:0;font-size:14px;overflow-wrap:normal}\n" \
	"details{margin-top:16px;font-size:13px}\n" \
	"summary{cursor:pointer;color:var(--soft)}\n" \
	"details table{margin-top:8px}\n" \
	"details th,details td,details tbody th{font-size:13px;padding-top:3px;padding-bottom:3px}\n" \
	"footer{color:var(--soft);font-size:13px;margin-top:22px;overflow-wrap:anywhere}\n" \
	"@media screen and (max-width:640px){" TCS_REPORT_NARROW "}\n" \
	"@page{size:A4;margin:14mm}\n" \
	"@media print{:root{" TCS_REPORT_LIGHT "--ground:#fff}\n" TCS_REPORT_PRINT "}\n"

#endif							/* TCS_REPORT_STYLE_H */
