#include "report/html_style.hpp"

namespace scaffold::report {

// The colors of series are added by report_html, from the same table as the charts. Well-formed inside XML:
// no '<' and no '&'.
const std::string_view html_style = R"css(
:root{color-scheme:light dark;--ground:#f6f7f8;--panel:#ffffff;--ink:#1c2128;--muted:#59636f;--line:#e4e7eb;
--blue:#0072b2;--good:#00684a;--good-ground:#e2f3ec;--warn:#93400a;--warn-ground:#fdf1e6;--tint:#f3f6f9}
@media screen and (prefers-color-scheme:dark){:root{--ground:#0e1115;--panel:#161a20;--ink:#e8ebef;--muted:#a3adba;
--line:#2a3038;--blue:#6cb6ee;--good:#5fd3a8;--good-ground:#10291f;--warn:#f3a76a;--warn-ground:#2e1f13;--tint:#1c2128}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);
font:15px/1.5 system-ui,-apple-system,"Segoe UI","Helvetica Neue",Arial,"DejaVu Sans",sans-serif;
font-variant-numeric:tabular-nums}
main{max-width:1120px;margin:0 auto;padding:40px 24px 56px}
h1{font-size:26px;line-height:1.25;margin:2px 0 4px;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
h2{font-size:17px;margin:0 0 14px;font-weight:650}
h3{font-size:14px;margin:0 0 8px;font-weight:600;color:var(--muted)}
p{margin:0}
.muted{color:var(--muted)}
.over{color:var(--blue);font-weight:600;font-size:13px;letter-spacing:.04em}
header{margin-bottom:24px}
.panel{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:22px 24px;margin:0 0 18px}
.hero{display:grid;grid-template-columns:minmax(0,5fr) minmax(0,4fr);gap:28px;padding:30px 32px;align-items:center}
.fom{font-size:76px;line-height:1.05;font-weight:680;letter-spacing:-.03em;margin:6px 0 8px}
.fom span{font-size:30px;font-weight:500;letter-spacing:0;color:var(--muted);margin-left:8px}
.fom.none{color:var(--muted);font-weight:550}
.verdict{border-radius:10px;padding:16px 18px}
.verdict.valid{background:var(--good-ground)}
.verdict.invalid{background:var(--warn-ground)}
.badge{font-weight:700;letter-spacing:.06em;font-size:14px}
.valid .badge{color:var(--good)}
.invalid .badge{color:var(--warn)}
.verdict ul{margin:8px 0 0;padding-left:18px}
.verdict li{margin:2px 0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(5,minmax(0,1fr));gap:12px;margin:0 0 18px}
.card{background:var(--panel);border:1px solid var(--line);border-radius:12px;padding:14px 16px}
.card b{display:block;font-size:22px;font-weight:620;letter-spacing:-.01em;line-height:1.3;margin:2px 0;
overflow-wrap:anywhere}
.card em{font-style:normal;font-size:14px;font-weight:550;letter-spacing:0}
.card small,.card span{display:block;font-size:12.5px;color:var(--muted);line-height:1.4}
.two{display:grid;grid-template-columns:repeat(2,minmax(0,1fr));gap:18px}
.two .panel{margin:0}
.row{margin:0 0 18px}
.chart svg{display:block;width:100%;height:auto}
.chart .sc-bg{fill:none}
.chart.panel{padding:12px 10px}
table{border-collapse:collapse;width:100%;font-size:13.5px}
th,td{text-align:right;padding:6px 10px;border-bottom:1px solid var(--line);white-space:nowrap}
th{font-weight:600;color:var(--muted);font-size:12.5px;white-space:normal;vertical-align:bottom;line-height:1.3}
th:first-child,td:first-child{padding-left:0}
th:last-child,td:last-child{padding-right:0}
tbody tr:last-child td{border-bottom:0}
.left th,.left td,td.text,th.text{text-align:left;white-space:normal;overflow-wrap:anywhere;vertical-align:top}
tr.best td{font-weight:650;background:var(--tint)}
.scroll{overflow:auto;max-height:460px}
.scroll thead th{position:sticky;top:0;background:var(--panel)}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;font-size:12.5px}
.keys td:first-child{white-space:nowrap;width:1%}
.changed td{color:var(--ink)}
.changed code{font-weight:700}
.same td{color:var(--muted)}
.bar{display:flex;height:16px;border-radius:5px;overflow:hidden;margin:4px 0 16px;background:var(--line)}
.bar i{display:block;height:100%}
.meter{display:inline-block;width:110px;height:8px;border-radius:4px;background:var(--line);overflow:hidden;
vertical-align:middle;margin-right:10px}
.meter i{display:block;height:100%;border-radius:4px}
.swatch{display:inline-block;width:11px;height:11px;border-radius:2px;margin-right:8px;vertical-align:-1px}
footer{color:var(--muted);font-size:13px;margin-top:26px}
@media screen and (max-width:860px){.hero,.two{grid-template-columns:minmax(0,1fr)}
.cards{grid-template-columns:repeat(2,minmax(0,1fr))}.fom{font-size:56px}}
@media print{:root{--ground:#fff}body{font-size:11px}main{padding:0;max-width:none}
.panel,.card,tr{break-inside:avoid}.panel{padding:12px 14px;margin-bottom:10px}.two{gap:10px}.row{margin-bottom:10px}.card b{font-size:15px}.card em{font-size:10px}.card{padding:8px 10px}.card small,.card span{font-size:9.5px}table,th,code{font-size:10px}th,td{padding:3px 5px}.long{break-inside:auto}h2{break-after:avoid}.scroll{max-height:none;overflow:visible}
*{-webkit-print-color-adjust:exact;print-color-adjust:exact}.fom{font-size:56px}@page{margin:14mm}}
)css";

}  // namespace scaffold::report
